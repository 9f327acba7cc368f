/**
 * The elements that show frames in a container, one above the other, and which of them is seen:
 * `data-way` of the container is `canvas` or `image`. While it has the class `waiting`, the last
 * frame is seen, if there was one.
 */
export class Surface {
  readonly container: HTMLElement;
  /** Holds the last frame of a stream while it connects. */
  readonly still: HTMLCanvasElement;
  readonly #alt: string;
  /** What the page has brought along to be seen until there is anything else. */
  readonly #firstFrame: HTMLImageElement | null;
  #image: HTMLImageElement;
  /** Those before the last are seen until the last has a frame. */
  #canvases: HTMLCanvasElement[] = [];

  /** What the page has put into the container for browsers without the player is taken over. */
  constructor(container: HTMLElement, alt: string) {
    this.container = container;
    this.#alt = alt;
    this.still = container.querySelector<HTMLCanvasElement>("canvas.still") ?? document.createElement("canvas");
    this.still.className = "still";
    this.still.setAttribute("aria-hidden", "true");
    if (!this.still.isConnected) container.append(this.still);
    const image = container.querySelector<HTMLImageElement>("img.picture:not(noscript *)");
    image?.removeAttribute("data-src");
    this.#image = image ?? document.createElement("img");
    if (image === null) this.still.after(this.#image);
    [this.#image.className, this.#image.alt] = ["picture", alt];
    this.#firstFrame = container.querySelector<HTMLImageElement>("img.first-frame");
    this.#takeFirstFrame();
    container.classList.add("waiting");
    this.see("canvas");
  }

  /** The element of the ways that show an `<img>`. */
  get image(): HTMLImageElement {
    return this.#image;
  }

  /** The one that is painted on now. */
  get canvas(): HTMLCanvasElement | undefined {
    return this.#canvases.at(-1);
  }

  /** The element that shows the newest frame. */
  get element(): HTMLImageElement | HTMLCanvasElement | undefined {
    return this.way === "image" ? this.image : this.canvas;
  }

  get way(): "canvas" | "image" {
    return this.container.dataset["way"] === "image" ? "image" : "canvas";
  }

  see(way: "canvas" | "image"): void {
    if (this.container.dataset["way"] !== way) this.container.dataset["way"] = way;
  }

  /** Gives the container the shape of a frame. */
  fit(width: number, height: number): void {
    if (width <= 1 || height <= 1) return;
    const ratio = `${width} / ${height}`;
    const { style } = this.container;
    if (style.getPropertyValue("--ratio") !== ratio) style.setProperty("--ratio", ratio);
  }

  /** Returns a canvas that has never been painted on. */
  renewCanvas(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.className = "picture";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.#alt);
    canvas.hidden = this.#canvases.length > 0;
    this.still.before(canvas);
    this.#canvases.push(canvas);
    return canvas;
  }

  /** Shows the newest canvas, which has been painted on. */
  showCanvas(width: number, height: number): void {
    if (this.#canvases.length > 1) {
      for (const old of this.#canvases.splice(0, this.#canvases.length - 1)) old.remove();
      for (const canvas of this.#canvases) canvas.hidden = false;
    }
    this.#show("canvas");
    this.fit(width, height);
  }

  /** Shows the image, which has a frame. */
  showImage(): void {
    this.#show("image");
  }

  /**
   * Shows a loaded image in place of the old one, whose new address would show nothing while it
   * loads.
   */
  replaceImage(fresh: HTMLImageElement): void {
    [fresh.className, fresh.alt] = ["picture", this.#alt];
    this.#image.replaceWith(fresh);
    this.#image = fresh;
    this.#show("image");
    this.fit(fresh.naturalWidth, fresh.naturalHeight);
  }

  /** Takes the elements out of the container. */
  remove(): void {
    for (const element of [this.still, this.#image, this.#firstFrame, ...this.#canvases]) element?.remove();
    this.#canvases = [];
    delete this.container.dataset["way"];
  }

  #show(way: "canvas" | "image"): void {
    this.container.classList.remove("waiting");
    this.#firstFrame?.remove();
    this.see(way);
  }

  #takeFirstFrame(): void {
    const image = this.#firstFrame;
    if (image === null) return;
    const fit = () => this.fit(image.naturalWidth, image.naturalHeight);
    if (image.complete) fit();
    else image.addEventListener("load", fit, { once: true });
  }
}
