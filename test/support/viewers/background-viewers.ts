import { get, type RequestOptions } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

/** A client that discards what it receives. */
export interface BackgroundViewer {
  /** Bytes received. */
  readonly bytes: number;
  /** Why it has ended, whichever side ended it; undefined while it runs. */
  readonly end: string | undefined;
  leave(): void;
}

/** Reads a stream, or any response without an end, at `bytesPerSecond` at most. */
export function viewStream(
  url: string,
  bytesPerSecond = Number.POSITIVE_INFINITY,
  options: RequestOptions = {},
): BackgroundViewer {
  const visit = { bytes: 0, end: undefined as string | undefined, leave: () => void request.destroy() };
  const request = get(url, options, (response) => {
    response.on("data", (chunk: Buffer) => {
      visit.bytes += chunk.length;
      if (bytesPerSecond === Number.POSITIVE_INFINITY) return;
      response.pause();
      setTimeout(() => response.resume(), (chunk.length / bytesPerSecond) * 1000).unref();
    });
    response.on("error", (error) => (visit.end = String(error)));
  });
  request.on("error", (error) => (visit.end = String(error)));
  request.on("close", () => (visit.end ??= "it ended"));
  return visit;
}

/** Fetches a URL again `everyMs` after each answer, each time on a new connection. */
export function pollUrl(url: string, everyMs: number): BackgroundViewer {
  const stop = new AbortController();
  const visit = { bytes: 0, end: undefined as string | undefined, leave: () => stop.abort() };
  const fetchAll = async () => {
    while (!stop.signal.aborted) {
      const answer = await fetch(url, { signal: stop.signal, headers: { Connection: "close" } });
      visit.bytes += (await answer.arrayBuffer()).byteLength;
      await sleep(everyMs, undefined, { signal: stop.signal });
    }
  };
  fetchAll().catch((error: Error) => (visit.end = `${error}, ${error.cause}`));
  return visit;
}

/** Watches a camera over a live connection; acknowledges each frame after `acknowledgeAfterMs`. */
export function viewLive(url: string, wish: object, acknowledgeAfterMs = 0): BackgroundViewer {
  const socket = new WebSocket(`${url.replace("http", "ws")}/live`);
  const visit = { bytes: 0, end: undefined as string | undefined, leave: () => socket.terminate() };
  const say = (message: object) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  socket.on("open", () => say({ type: "subscribe", id: 1, ...wish }));
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) return;
    visit.bytes += data.length;
    const ack = { type: "ack", id: data.readUInt16BE(2), number: data.readUInt32BE(4) };
    if (acknowledgeAfterMs === 0) say(ack);
    else setTimeout(say, acknowledgeAfterMs, ack);
  });
  socket.on("error", () => {});
  socket.on("close", (code, reason) => (visit.end = `${code} ${reason}`));
  return visit;
}
