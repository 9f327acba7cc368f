// @ts-check

/**
 * @typedef {import("./live-engine.js").ToEngine} ToEngine
 * @typedef {import("./live-engine.js").FromEngine} FromEngine
 * @typedef {{ url: string, healthUrl: string, accessUrl: string }} Urls
 *
 * @typedef {object} RunningEngine
 * @property {boolean} isWorker
 * @property {(message: ToEngine) => void} post
 * @property {() => void} end
 */

/** How long a worker may take to come up. */
const READY_MS = 6000;

/**
 * Starts an engine: in a worker where the browser can paint from one, else on the page.
 *
 * @param {Urls} urls
 * @param {(message: FromEngine) => void} hear
 * @param {boolean} mayUseWorker
 * @returns {Promise<RunningEngine>}
 */
export async function startEngine(urls, hear, mayUseWorker) {
  const inWorker = mayUseWorker && canWork() ? await startWorker(urls, hear) : undefined;
  if (inWorker !== undefined) return inWorker;
  const { createEngine } = await import("./live-engine.js");
  const engine = createEngine(urls, hear);
  return { isWorker: false, post: engine.handle, end: engine.close };
}

function canWork() {
  return (
    typeof Worker === "function" &&
    typeof OffscreenCanvas === "function" &&
    typeof HTMLCanvasElement.prototype.transferControlToOffscreen === "function"
  );
}

/**
 * @param {Urls} urls
 * @param {(message: FromEngine) => void} hear
 * @returns {Promise<RunningEngine | undefined>} Nothing where a policy or an older browser does not allow it.
 */
function startWorker(urls, hear) {
  return new Promise((resolve) => {
    /** @type {Worker | undefined} */
    let worker;
    const fail = () => {
      worker?.terminate();
      resolve(undefined);
    };
    try {
      worker = createWorker(new URL("./live-worker.js", import.meta.url));
    } catch {
      return fail();
    }
    const started = worker;
    const timer = setTimeout(fail, READY_MS);
    started.onerror = () => {
      clearTimeout(timer);
      fail();
    };
    started.onmessage = ({ data }) => {
      if (data.type !== "ready") return hear(data);
      clearTimeout(timer);
      if (!data.canPaint) return fail();
      // From here on what goes wrong in it shows by its silence.
      started.onerror = null;
      started.postMessage(urls);
      resolve({
        isWorker: true,
        post: (message) =>
          started.postMessage(message, "canvas" in message ? [/** @type {any} */ (message.canvas)] : []),
        end: () => started.terminate(),
      });
    };
  });
}

/** @param {URL} url */
function createWorker(url) {
  if (url.origin === location.origin) return new Worker(url, { type: "module" });
  // A worker's script must be of the page's own origin; what that imports need not.
  const source = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const ownUrl = URL.createObjectURL(source);
  try {
    return new Worker(ownUrl, { type: "module" });
  } finally {
    // Not at once: the worker has yet to fetch it.
    setTimeout(() => URL.revokeObjectURL(ownUrl), READY_MS);
  }
}
