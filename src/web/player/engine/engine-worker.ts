import { Engine } from "./engine.ts";

/* The engine in a worker: the page's own thread neither decodes nor paints. */

// What the page has of a worker, the worker has of the page.
const scope = self as unknown as Worker;
const canPaint =
  typeof OffscreenCanvas === "function" &&
  typeof createImageBitmap === "function" &&
  new OffscreenCanvas(1, 1).getContext("2d") !== null;
let engine: Engine | undefined;

scope.addEventListener("message", ({ data }) => {
  if (engine === undefined) engine = new Engine(data, (message, transfer = []) => scope.postMessage(message, transfer));
  else engine.handle(data);
});
scope.postMessage({ type: "ready", canPaint });
