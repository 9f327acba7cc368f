// @ts-check
import { createEngine } from "./live-engine.js";

/* The engine in a worker: the page's own thread neither decodes nor paints. */

// What the page has of a worker, the worker has of the page.
const scope = /** @type {Worker} */ (/** @type {unknown} */ (self));
const canPaint =
  typeof OffscreenCanvas === "function" &&
  typeof createImageBitmap === "function" &&
  new OffscreenCanvas(1, 1).getContext("2d") !== null;
/** @type {ReturnType<typeof createEngine> | undefined} */
let engine;

scope.addEventListener("message", ({ data }) => {
  if (engine === undefined)
    engine = createEngine(data, (message, transfer = []) => scope.postMessage(message, transfer));
  else engine.handle(data);
});
scope.postMessage({ type: "ready", canPaint });
