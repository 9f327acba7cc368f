// @ts-check

/** @typedef {ReturnType<typeof createPlace>} Place */

/**
 * The elements that show a picture in a container, one above the other, and which of them is seen: `data-way` of the
 * container is `canvas` or `image`. While it has the class `waiting`, the last picture is seen, if there was one.
 *
 * @param {HTMLElement} container What the page has put there for browsers without the player is taken over.
 * @param {string} alt
 */
export function createPlace(container, alt) {
  const still = container.querySelector("canvas.still") ?? container.appendChild(document.createElement("canvas"));
  still.className = "still";
  still.setAttribute("aria-hidden", "true");
  const found = /** @type {HTMLImageElement | null} */ (container.querySelector("img.picture:not(noscript *)"));
  found?.removeAttribute("data-src");
  let image = found ?? document.createElement("img");
  if (found === null) still.after(image);
  [image.className, image.alt] = ["picture", alt];
  /** Those before the last are seen until the last has a picture. @type {HTMLCanvasElement[]} */
  let canvases = [];

  /** @param {"canvas" | "image"} way */
  function see(way) {
    if (container.dataset["way"] !== way) container.dataset["way"] = way;
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  function fit(width, height) {
    if (width <= 1 || height <= 1) return;
    const ratio = `${width} / ${height}`;
    if (container.style.getPropertyValue("--ratio") !== ratio) container.style.setProperty("--ratio", ratio);
  }

  container.classList.add("waiting");
  see("canvas");

  return {
    container,
    still: /** @type {HTMLCanvasElement} */ (still),
    /** Of the ways that show an `<img>`. */
    get image() {
      return image;
    },
    /** The one that is painted on now. */
    get canvas() {
      return canvases.at(-1);
    },
    see,
    fit,

    /** Gives a canvas that has never been painted on. */
    renewCanvas() {
      const canvas = document.createElement("canvas");
      canvas.className = "picture";
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", alt);
      canvas.hidden = canvases.length > 0;
      still.before(canvas);
      canvases.push(canvas);
      return canvas;
    },

    /**
     * The newest canvas has been painted on.
     *
     * @param {number} width
     * @param {number} height
     */
    painted(width, height) {
      if (canvases.length > 1) {
        for (const old of canvases.splice(0, canvases.length - 1)) old.remove();
        for (const canvas of canvases) canvas.hidden = false;
      }
      container.classList.remove("waiting");
      fit(width, height);
      see("canvas");
    },

    /**
     * Shows a whole new image in place of the old: to set its address would show nothing while it loads.
     *
     * @param {HTMLImageElement} fresh
     */
    replaceImage(fresh) {
      [fresh.className, fresh.alt] = ["picture", alt];
      image.replaceWith(fresh);
      image = fresh;
      container.classList.remove("waiting");
      see("image");
      fit(fresh.naturalWidth, fresh.naturalHeight);
    },

    remove() {
      for (const element of [still, image, ...canvases]) element.remove();
      canvases = [];
      delete container.dataset["way"];
    },
  };
}
