import { Engine } from "./engine/engine.ts";
import type { FromEngine, ToEngine } from "./engine/engine-messages.ts";

export type Urls = { url: string; healthUrl: string; accessUrl: string };

export interface RunningEngine {
  isWorker: boolean;
  post: (message: ToEngine) => void;
  end: () => void;
}

/** How long a worker may take to come up. */
const READY_MS = 6000;

/** Starts an engine: in a worker if the browser can paint from one, else on the page. */
export async function startEngine(
  urls: Urls,
  hear: (message: FromEngine) => void,
  mayUseWorker: boolean,
): Promise<RunningEngine> {
  const inWorker = mayUseWorker && canWork() ? await startWorker(urls, hear) : undefined;
  if (inWorker !== undefined) return inWorker;
  const engine = new Engine(urls, hear);
  return { isWorker: false, post: (message) => engine.handle(message), end: () => engine.close() };
}

function canWork() {
  return (
    typeof Worker === "function" &&
    typeof OffscreenCanvas === "function" &&
    typeof HTMLCanvasElement.prototype.transferControlToOffscreen === "function"
  );
}

/** Returns nothing if a policy or an older browser does not allow it. */
function startWorker(urls: Urls, hear: (message: FromEngine) => void): Promise<RunningEngine | undefined> {
  return new Promise((resolve) => {
    let worker: Worker | undefined;
    const fail = () => {
      worker?.terminate();
      resolve(undefined);
    };
    try {
      worker = createWorker(new URL(ENGINE_WORKER_FILE, import.meta.url));
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
      // From here on its silence shows what goes wrong.
      started.onerror = null;
      started.postMessage(urls);
      resolve({
        isWorker: true,
        post: (message) => started.postMessage(message, "canvas" in message ? [message.canvas as Transferable] : []),
        end: () => started.terminate(),
      });
    };
  });
}

function createWorker(url: URL) {
  if (url.origin === location.origin) return new Worker(url, { type: "module" });
  // A worker's script must be of the page's own origin. What it imports need not.
  const source = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const ownUrl = URL.createObjectURL(source);
  try {
    return new Worker(ownUrl, { type: "module" });
  } finally {
    // Not at once: the worker has yet to fetch it.
    setTimeout(() => URL.revokeObjectURL(ownUrl), READY_MS);
  }
}
