// @ts-check

/** @typedef {import("./live-header.js").LivePicture} LivePicture */

/**
 * Paints pictures on a canvas, one after the other. Of those that come while one is decoded only the newest is kept: a
 * picture is never painted after a newer one, and none waits behind another.
 *
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {(picture: LivePicture, isPainted: boolean) => void} onSettled Of one that could not be decoded, too; those
 *   that were passed over are settled by the next.
 */
export function createPainter(canvas, onSettled) {
  const put = createBrush(canvas);
  /** @type {LivePicture | undefined} */
  let waiting;
  /** @type {LivePicture | undefined} */
  let painted;
  let isBusy = false;
  let isClosed = false;

  async function work() {
    isBusy = true;
    while (waiting !== undefined && !isClosed) {
      const picture = waiting;
      waiting = undefined;
      onSettled(picture, await paint(picture));
    }
    isBusy = false;
  }

  /** @param {LivePicture} picture */
  async function paint(picture) {
    try {
      const image = await decode(picture.jpeg);
      if (!isClosed) {
        if (canvas.width !== image.width) canvas.width = image.width;
        if (canvas.height !== image.height) canvas.height = image.height;
        put(image);
        painted = picture;
      }
      if ("close" in image) image.close();
      return !isClosed;
    } catch {
      return false;
    }
  }

  return {
    canvas,
    /** The picture on the canvas. */
    get painted() {
      return painted;
    },
    /** @param {LivePicture} picture */
    show(picture) {
      waiting = picture;
      if (!isBusy) void work();
    },
    close() {
      isClosed = true;
      [waiting, painted] = [undefined, undefined];
    },
  };
}

/**
 * Hands bitmaps over to the canvas where it can: to draw them is to copy them, and costs a sixth more of the whole
 * browser's time (Chromium 156 without a graphics card, 16 pictures of 640 × 480, 2026-11-28).
 *
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @returns {(image: ImageBitmap | HTMLImageElement) => void}
 */
function createBrush(canvas) {
  const canTake = typeof createImageBitmap === "function" && typeof ImageBitmapRenderingContext === "function";
  const taker = /** @type {ImageBitmapRenderingContext | null} */ (
    canTake ? canvas.getContext("bitmaprenderer") : null
  );
  if (taker !== null) return (image) => taker.transferFromImageBitmap(/** @type {ImageBitmap} */ (image));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  return (image) => context.drawImage(image, 0, 0);
}

/**
 * @param {Uint8Array<ArrayBuffer>} jpeg
 * @returns {Promise<ImageBitmap | HTMLImageElement>}
 */
async function decode(jpeg) {
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
