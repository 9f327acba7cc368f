import { once } from "node:events";
import { WebSocket } from "ws";

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly targetInfo: { readonly type: string } };
  readonly result?: Readonly<Record<string, number>>;
}

/** How long a browser takes at most to name its pages, and these their workers, in milliseconds. */
const NAMING_MS = 1000;

/**
 * Has a Chromium collect its garbage, and gives what the scripts of its pages and workers hold then, in bytes, by the DevTools protocol. It listens to
 * nothing afterwards. `address` is where the browser says that it listens.
 */
export async function collectGarbage(address: string): Promise<number> {
  const socket = new WebSocket(address);
  const answers = new Map<number, (answer: Answer) => void>();
  const scripts: { readonly sessionId: string; readonly type: string }[] = [];
  socket.on("message", (data) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) answers.get(answer.id)?.(answer);
    const { sessionId, targetInfo } = answer.params ?? {};
    if (answer.method !== "Target.attachedToTarget" || sessionId === undefined) return;
    scripts.push({ sessionId, type: targetInfo?.type ?? "" });
    void attach(sessionId);
  });
  await once(socket, "open");
  let asked = 0;
  const ask = (method: string, params: object = {}, sessionId?: string) =>
    new Promise<Answer>((resolve) => {
      asked++;
      answers.set(asked, resolve);
      socket.send(JSON.stringify({ id: asked, method, params, sessionId }));
    });
  const attach = (sessionId?: string) =>
    ask("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }, sessionId);
  await attach();
  await new Promise((resolve) => setTimeout(resolve, NAMING_MS));
  let bytes = 0;
  for (const { sessionId, type } of scripts) {
    if (type !== "page" && type !== "worker") continue;
    await ask("HeapProfiler.collectGarbage", {}, sessionId);
    const { result = {} } = await ask("Runtime.getHeapUsage", {}, sessionId);
    bytes += (result["usedSize"] ?? 0) + (result["embedderHeapUsedSize"] ?? 0) + (result["backingStorageSize"] ?? 0);
  }
  socket.close();
  await once(socket, "close");
  return bytes;
}
