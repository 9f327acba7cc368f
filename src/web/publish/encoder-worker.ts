/*
 * Beats the time, since a page in the background is held to one beat a second and a worker is not,
 * and makes JPEGs, since that takes longer than a page should be held up.
 */

// What the page has of a worker, the worker has of the page.
const scope = self as unknown as Worker;
const canEncode = typeof OffscreenCanvas === "function" && "convertToBlob" in OffscreenCanvas.prototype;
let canvas: OffscreenCanvas | undefined;
let beat: ReturnType<typeof setInterval> | undefined;

scope.postMessage({ canEncode });

scope.addEventListener("message", async ({ data: { intervalMs, bitmap, width, height, quality } }) => {
  if (intervalMs !== undefined) {
    clearInterval(beat);
    if (intervalMs > 0) beat = setInterval(() => scope.postMessage({ beat: true }), intervalMs);
    return;
  }
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext("2d", { alpha: false })?.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  try {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    const jpeg = await blob.arrayBuffer();
    scope.postMessage({ jpeg }, [jpeg]);
  } catch (error) {
    scope.postMessage({ error: String(error) });
  }
});
