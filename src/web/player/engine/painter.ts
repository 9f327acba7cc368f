import type { createTurns } from "./paint-scheduler.ts";
import type { LivePicture } from "./read-frame.ts";

/**
 * Pictures decoded at a time. A decode mostly waits its turn in the browser: on a busy one, two at
 * a time bring more pictures each second (16 cameras of 640 × 480 and 15 fps, Chromium 156, 2
 * cores, 2026-11-28).
 */
const AT_ONCE = 2;

/**
 * Paints pictures on a canvas, one after the other. Of those that come while as many are decoded as
 * may be, only the newest is kept: a picture is never painted after a newer one, and none waits
 * behind another.
 *
 * @param turns When pictures are painted, of all canvases.
 * @param onSettled Of one that could not be decoded, too; those that were passed over are settled
 *   by the next.
 */
export function createPainter(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  turns: ReturnType<typeof createTurns>,
  onSettled: (picture: LivePicture, isPainted: boolean) => void,
) {
  const put = createBrush(canvas);
  let waiting: LivePicture | undefined;
  let painted: LivePicture | undefined;
  let isClosed = false;
  let decoding = 0;
  /** How many came, and the last of them that was painted. */
  let came = 0;
  let newest = 0;

  async function work(first: LivePicture) {
    decoding += 1;
    let picture: LivePicture | undefined = first;
    while (picture !== undefined && !isClosed) {
      came += 1;
      await paint(picture, came);
      picture = waiting;
      waiting = undefined;
    }
    decoding -= 1;
  }

  async function paint(picture: LivePicture, order: number) {
    let image: ImageBitmap | HTMLImageElement | undefined;
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
    show(picture: LivePicture) {
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
 * Hands bitmaps over to the canvas where it can: to draw them is to copy them, and costs a sixth
 * more of the whole browser's time (Chromium 156 without a graphics card, 16 pictures of 640 × 480,
 * 2026-11-28).
 */
function createBrush(canvas: HTMLCanvasElement | OffscreenCanvas): (image: ImageBitmap | HTMLImageElement) => void {
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
