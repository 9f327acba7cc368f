import { once } from "node:events";
import { WebSocket } from "ws";

/**
 * Sends a command to a browser and returns its answer. `sessionId` names one of several sessions.
 * Rejects with the browser's error.
 */
export type BrowserCommand = (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>>;

/**
 * Connects to a browser by WebSocket. WebDriver BiDi (Firefox) and the DevTools protocol (Chromium)
 * use the same messages. `onEvent` gets the events.
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
