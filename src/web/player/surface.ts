export type Place = ReturnType<typeof createPlace>;

/**
 * The elements that show a picture in a container, one above the other, and which of them is seen:
 * `data-way` of the container is `canvas` or `image`. While it has the class `waiting`, the last
 * picture is seen, if there was one.
 *
 * @param container What the page has put there for browsers without the player is taken over.
 */
export function createPlace(container: HTMLElement, alt: string) {
  const still = container.querySelector("canvas.still") ?? container.appendChild(document.createElement("canvas"));
  still.className = "still";
  still.setAttribute("aria-hidden", "true");
  const found = container.querySelector("img.picture:not(noscript *)") as HTMLImageElement | null;
  found?.removeAttribute("data-src");
  let image = found ?? document.createElement("img");
  if (found === null) still.after(image);
  [image.className, image.alt] = ["picture", alt];
  /** Those before the last are seen until the last has a picture. */
  let canvases: HTMLCanvasElement[] = [];

  function see(way: "canvas" | "image") {
    if (container.dataset["way"] !== way) container.dataset["way"] = way;
  }

  function fit(width: number, height: number) {
    if (width <= 1 || height <= 1) return;
    const ratio = `${width} / ${height}`;
    if (container.style.getPropertyValue("--ratio") !== ratio) container.style.setProperty("--ratio", ratio);
  }

  container.classList.add("waiting");
  see("canvas");

  return {
    container,
    still: still as HTMLCanvasElement,
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

    /** The newest canvas has been painted on. */
    painted(width: number, height: number) {
      if (canvases.length > 1) {
        for (const old of canvases.splice(0, canvases.length - 1)) old.remove();
        for (const canvas of canvases) canvas.hidden = false;
      }
      container.classList.remove("waiting");
      fit(width, height);
      see("canvas");
    },

    /**
     * Shows a whole new image in place of the old: to set its address would show nothing while it
     * loads.
     */
    replaceImage(fresh: HTMLImageElement) {
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
