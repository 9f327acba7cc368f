const WIDTH = 32;
const HEIGHT = 18;

/**
 * Returns a function that tells whether an image has changed since its last call: no event tells
 * that a stream lives.
 */
export function createPixelCheck(picture: HTMLImageElement) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let last = "";

  return async () => {
    if (context === null || picture.naturalWidth === 0) return false;
    try {
      // By way of a bitmap, since Firefox's drawImage may paint an older frame of the stream.
      const bitmap = await createImageBitmap(picture);
      context.drawImage(bitmap, 0, 0, WIDTH, HEIGHT);
      bitmap.close();
    } catch {
      return false;
    }
    const now = context.getImageData(0, 0, WIDTH, HEIGHT).data.join();
    const changed = now !== last;
    last = now;
    return changed;
  };
}
