import { setTimeout as sleep } from "node:timers/promises";
import { connectToBrowser } from "./browser-protocol.ts";

/** How long a browser may take to report its pages, and the pages their workers. */
const NAMING_MS = 1000;

const ATTACHING = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };

/**
 * Makes Chromium collect garbage, by the DevTools protocol. Returns the bytes that the scripts of
 * its pages and workers hold afterwards. `address` is the address of its debugger. The connection
 * is closed afterwards.
 */
export async function collectGarbage(address: string): Promise<number> {
  const sessions: string[] = [];
  const { ask, close } = await connectToBrowser(address, (method, params) => {
    if (method !== "Target.attachedToTarget") return;
    const { sessionId, targetInfo } = params as { sessionId: string; targetInfo: { type: string } };
    if (targetInfo.type === "page" || targetInfo.type === "worker") sessions.push(sessionId);
    // A page reports its workers. Other targets may not support the command.
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
