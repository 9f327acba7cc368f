import { setTimeout as sleep } from "node:timers/promises";
import { connectToBrowser } from "./browser-protocol.ts";

/** How long a browser takes at most to name its pages, and these their workers, in milliseconds. */
const NAMING_MS = 1000;

const ATTACHING = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };

/**
 * Has a Chromium collect its garbage, and gives what the scripts of its pages and workers hold then, in bytes, by the DevTools protocol. It listens to
 * nothing afterwards. `address` is where the browser says that it listens.
 */
export async function collectGarbage(address: string): Promise<number> {
  const sessions: string[] = [];
  const { ask, close } = await connectToBrowser(address, (method, params) => {
    if (method !== "Target.attachedToTarget") return;
    const { sessionId, targetInfo } = params as { sessionId: string; targetInfo: { type: string } };
    if (targetInfo.type === "page" || targetInfo.type === "worker") sessions.push(sessionId);
    // A page's workers are named to who listens to the page. Other targets may not know of it.
    ask("Target.setAutoAttach", ATTACHING, sessionId).catch(() => {});
  });
  await ask("Target.setAutoAttach", ATTACHING);
  await sleep(NAMING_MS);
  let bytes = 0;
  for (const sessionId of sessions) {
    await ask("HeapProfiler.collectGarbage", {}, sessionId);
    const usage = await ask("Runtime.getHeapUsage", {}, sessionId);
    for (const what of ["usedSize", "embedderHeapUsedSize", "backingStorageSize"]) bytes += Number(usage[what] ?? 0);
  }
  close();
  return bytes;
}
