import type { PaintScheduler } from "./paint-scheduler.ts";
import type { LiveFrame } from "./read-frame.ts";

export type Canvas = HTMLCanvasElement | OffscreenCanvas;

/**
 * Frames decoded at a time. A decode mostly waits in the browser: on a busy one, two at a time
 * bring more frames each second. Measured 2026-11-28, Chromium 156, 2 cores, 16 cameras of 640 ×
 * 480 and 15 fps.
 */
const MAX_DECODING = 2;

/**
 * Paints frames on a canvas, one after the other. Of those that come while others are decoded, it
 * keeps only the newest: no frame is painted after a newer one, and none waits behind another.
 */
export class Painter {
  readonly canvas: Canvas;
  readonly #scheduler: PaintScheduler;
  readonly #onSettled: (frame: LiveFrame, isPainted: boolean) => void;
  readonly #put: (image: ImageBitmap | HTMLImageElement) => void;
  #waiting: LiveFrame | undefined;
  #painted: LiveFrame | undefined;
  #isClosed = false;
  #decoding = 0;
  /** Counts the frames that came. */
  #count = 0;
  /** The count of the last that was painted. */
  #newest = 0;

  /**
   * @param onSettled Also of one that could not be decoded. The next settles those that were
   *   skipped.
   */
  constructor(canvas: Canvas, scheduler: PaintScheduler, onSettled: (frame: LiveFrame, isPainted: boolean) => void) {
    this.canvas = canvas;
    this.#scheduler = scheduler;
    this.#onSettled = onSettled;
    this.#put = createBrush(canvas);
  }

  /** The frame on the canvas. */
  get painted(): LiveFrame | undefined {
    return this.#painted;
  }

  show(frame: LiveFrame): void {
    this.#scheduler.arrived(this.canvas);
    if (this.#decoding < MAX_DECODING) void this.#work(frame);
    else this.#waiting = frame;
  }

  close(): void {
    this.#isClosed = true;
    this.#scheduler.remove(this.canvas);
    [this.#waiting, this.#painted] = [undefined, undefined];
  }

  async #work(first: LiveFrame): Promise<void> {
    this.#decoding += 1;
    let frame: LiveFrame | undefined = first;
    while (frame !== undefined && !this.#isClosed) {
      this.#count += 1;
      await this.#paint(frame, this.#count);
      frame = this.#waiting;
      this.#waiting = undefined;
    }
    this.#decoding -= 1;
  }

  async #paint(frame: LiveFrame, order: number): Promise<void> {
    const { canvas } = this;
    let image: ImageBitmap | HTMLImageElement | undefined;
    try {
      image = await decode(frame.jpeg);
      await this.#scheduler.next();
      // A newer one was quicker, and has settled this one too.
      if (this.#isClosed || order < this.#newest) return;
      if (canvas.width !== image.width) canvas.width = image.width;
      if (canvas.height !== image.height) canvas.height = image.height;
      this.#put(image);
      this.#newest = order;
      this.#painted = frame;
      this.#onSettled(frame, true);
    } catch {
      if (!this.#isClosed && order > this.#newest) this.#onSettled(frame, false);
    } finally {
      if (image !== undefined && "close" in image) image.close();
    }
  }
}

/**
 * Hands bitmaps over to the canvas if it can: drawing copies them, and costs a sixth more of the
 * whole browser's time. Measured 2026-11-28, Chromium 156 without a graphics card, 16 cameras of
 * 640 × 480.
 */
function createBrush(canvas: Canvas): (image: ImageBitmap | HTMLImageElement) => void {
  const canTake = typeof createImageBitmap === "function" && typeof ImageBitmapRenderingContext === "function";
  const taker = (canTake ? canvas.getContext("bitmaprenderer") : null) as ImageBitmapRenderingContext | null;
  if (taker !== null) return (image) => taker.transferFromImageBitmap(image as ImageBitmap);
  const context = canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
  return (image) => context.drawImage(image, 0, 0);
}

async function decode(jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap | HTMLImageElement> {
  const blob = new Blob([jpeg], { type: "image/jpeg" });
  if (typeof createImageBitmap === "function") return await createImageBitmap(blob);
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
