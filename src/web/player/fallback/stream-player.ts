import type { Surface } from "../surface.ts";

/** Ends a stream's connection in Chromium, which removing `src` alone does not. */
const NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

/**
 * Plays a stream in the `<img>` of a surface and reconnects it on request. Until a frame has come,
 * the surface has the class `waiting` and shows the last one from its still canvas, so that
 * reconnecting never flickers.
 */
export class StreamPlayer {
  readonly image: HTMLImageElement;
  /** Names the present connection among the camera's viewers. */
  key = "";
  /**
   * When the present connection was requested, by `performance.now()`; infinite while there is
   * none.
   */
  since = Number.POSITIVE_INFINITY;
  /** Whether the present connection has brought a frame. */
  hasArrived = false;
  /** When a connection last brought its first frame; 0 if none has. */
  arrivedAt = 0;
  /** Connections in a row that brought no frame. */
  emptyConnections = 0;
  readonly #surface: Surface;
  readonly #url: string;
  readonly #onChange: () => void;
  #connections = 0;
  #attempts = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** @param onChange Called when frames begin or cease to arrive. */
  constructor(surface: Surface, url: string, onChange: () => void) {
    this.image = surface.image;
    this.#surface = surface;
    this.#url = `${url}${url.includes("?") ? "&" : "?"}framing=advance`;
    this.#onChange = onChange;
    this.image.addEventListener("load", () => this.#loaded());
    this.image.addEventListener("error", () => this.reconnect());
  }

  connect(): void {
    this.#keepLast();
    this.#clearPause();
    this.#connections += 1;
    this.emptyConnections += 1;
    this.key = randomKey();
    this.since = performance.now();
    this.image.src = `${this.#url}&key=${this.key}&t=${this.#connections}`;
  }

  /** Connects after a pause that grows while nothing helps. */
  reconnect(): void {
    if (this.#pause !== undefined || this.since === Number.POSITIVE_INFINITY) return;
    this.#keepLast();
    this.#pause = setTimeout(() => this.connect(), PAUSES_MS[Math.min(this.#attempts, PAUSES_MS.length - 1)]);
    this.#attempts += 1;
  }

  stop(): void {
    this.#keepLast();
    this.#clearPause();
    this.since = Number.POSITIVE_INFINITY;
    this.emptyConnections = 0;
    this.image.src = NOTHING;
  }

  /**
   * Gives the surface the shape of the frame, which no event tells when it changes: that of a
   * placeholder may be a guess.
   */
  fit(): void {
    if (this.hasArrived) this.#surface.fit(this.image.naturalWidth, this.image.naturalHeight);
  }

  /** Notes that all is well: the next pause is short again. */
  settle(): void {
    this.#attempts = 0;
  }

  #loaded(): void {
    const isStray = this.#pause !== undefined || this.key === "" || !this.image.src.includes(this.key);
    if (this.hasArrived || isStray) return;
    this.hasArrived = true;
    this.arrivedAt = performance.now();
    this.emptyConnections = 0;
    this.#surface.showImage();
    this.#onChange();
    this.fit();
  }

  #keepLast(): void {
    const { image } = this;
    const { still, container, way } = this.#surface;
    if (this.hasArrived && image.naturalWidth > 1) {
      still.width = image.naturalWidth;
      still.height = image.naturalHeight;
      still.getContext("2d")?.drawImage(image, 0, 0);
    }
    this.hasArrived = false;
    if (way === "image") container.classList.add("waiting");
    this.#onChange();
  }

  #clearPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }
}

function randomKey(): string {
  // Not randomUUID, which plain http on a local network does not have.
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
