// @ts-check

/** @typedef {import("./live-header.js").LivePicture} LivePicture */

/**
 * Pictures decoded at a time. A decode mostly waits its turn in the browser: on a busy one, two at a time bring more pictures
 * each second (16 cameras of 640 × 480 and 15 fps, Chromium 156, 2 cores, 2026-11-28).
 */
const AT_ONCE = 2;

/**
 * Paints pictures on a canvas, one after the other. Of those that come while as many are decoded as may be, only the newest
 * is kept: a picture is never painted after a newer one, and none waits behind another.
 *
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {ReturnType<typeof import("./live-turns.js").createTurns>} turns When pictures are painted, of all canvases.
 * @param {(picture: LivePicture, isPainted: boolean) => void} onSettled Of one that could not be decoded, too; those
 *   that were passed over are settled by the next.
 */
export function createPainter(canvas, turns, onSettled) {
  const put = createBrush(canvas);
  /** @type {LivePicture | undefined} */
  let waiting;
  /** @type {LivePicture | undefined} */
  let painted;
  let isClosed = false;
  let decoding = 0;
  /** How many came, and the last of them that was painted. */
  let came = 0;
  let newest = 0;

  /** @param {LivePicture} first */
  async function work(first) {
    decoding += 1;
    /** @type {LivePicture | undefined} */
    let picture = first;
    while (picture !== undefined && !isClosed) {
      came += 1;
      await paint(picture, came);
      picture = waiting;
      waiting = undefined;
    }
    decoding -= 1;
  }

  /**
   * @param {LivePicture} picture
   * @param {number} order
   */
  async function paint(picture, order) {
    /** @type {ImageBitmap | HTMLImageElement | undefined} */
    let image;
    try {
      image = await decode(picture.jpeg);
      await turns.turn();
      // A newer one was quicker, and has settled this one too.
      if (isClosed || order < newest) return;
      if (canvas.width !== image.width) canvas.width = image.width;
      if (canvas.height !== image.height) canvas.height = image.height;
      put(image);
      newest = order;
      painted = picture;
      onSettled(picture, true);
    } catch {
      if (!isClosed && order > newest) onSettled(picture, false);
    } finally {
      if (image !== undefined && "close" in image) image.close();
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
      turns.came(canvas);
      if (decoding < AT_ONCE) void work(picture);
      else waiting = picture;
    },
    close() {
      isClosed = true;
      turns.left(canvas);
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
