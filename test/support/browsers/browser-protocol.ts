import { once } from "node:events";
import { WebSocket } from "ws";

/** Has a browser do something, and gives its answer; in one of its sessions, where it has several. Throws what it complains of. */
export type BrowserCommand = (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>>;

/**
 * Speaks to a browser by its WebSocket, in messages that are the same in WebDriver BiDi (Firefox) and the DevTools protocol (Chromium).
 * `onEvent` is told what it says without having been asked.
 */
export async function connectToBrowser(
  address: string,
  onEvent?: (method: string, params: Record<string, unknown>) => void,
) {
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await once(socket, "open");
  const waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  let ids = 0;
  socket.on("message", (data) => {
    const { id, method, params, result, error, message } = JSON.parse(String(data));
    if (id === undefined) onEvent?.(method, params);
    else if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(message === undefined ? JSON.stringify(error) : `${error}: ${message}`));
    waiting.delete(id);
  });
  const ask: BrowserCommand = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      ids += 1;
      waiting.set(ids, { resolve, reject });
      socket.send(JSON.stringify({ id: ids, method, params, sessionId }));
    });
  return { ask, close: () => socket.terminate() };
}
