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
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
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
        context.drawImage(image, 0, 0);
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
