import { once } from "node:events";
import type { Socket } from "node:net";
import { errorCode } from "../../net/connection-error.ts";
import { inTurns } from "../../util/async-iterate.ts";
import { ResponseBody } from "./response-body.ts";
import { HeadError, HeadReader, type ResponseHead } from "./response-head.ts";
import { openSocket, type TransportOptions } from "./transport.ts";

export interface Exchange {
  readonly head: ResponseHead;
  readonly body: ResponseBody;
  close(): void;
}

/**
 * Sends a GET and reads the head of the response. An abort hangs up, also later.
 *
 * One connection a request: cameras allow few, and an idle one may be dead.
 */
export async function exchange(
  url: URL,
  fields: Readonly<Record<string, string | undefined>>,
  options: TransportOptions & { readonly signal: AbortSignal },
): Promise<Exchange> {
  const { signal } = options;
  signal.throwIfAborted();
  const socket = openSocket(url, options);
  const abort = () => socket.destroy(signal.reason);
  signal.addEventListener("abort", abort);
  // Handles errors after the last read.
  socket.on("error", () => {}).once("close", () => signal.removeEventListener("abort", abort));
  try {
    await once(socket, url.protocol === "https:" ? "secureConnect" : "connect", { signal });
    // Latin-1, so a camera gets its own bytes back.
    socket.write(requestText(url, fields), "latin1");
    const received = receivedBy(socket);
    const { head, rest } = await readHead(received);
    return { head, body: new ResponseBody(head, rest, received), close: () => socket.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function requestText({ pathname, search, host }: URL, fields: Readonly<Record<string, string | undefined>>): string {
  const all = Object.entries({
    Host: host,
    "User-Agent": "stillstream",
    Accept: "*/*",
    ...fields,
    Connection: "close",
  });
  const lines = all.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `GET ${pathname}${search} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

async function readHead(received: AsyncGenerator<Uint8Array, void>) {
  const reader = new HeadReader();
  for (let isFirst = true; ; isFirst = false) {
    const { done, value } = await received.next();
    if (done && isFirst) throw new HeadError("closed the connection without an answer");
    if (done) throw new HeadError("closed the connection within the headers of its answer");
    const found = reader.push(value);
    if (found !== undefined) return found;
  }
}

/** Cameras reset connections after the last byte. */
async function* receivedBy(socket: Socket): AsyncGenerator<Uint8Array, void> {
  let hasReceived = false;
  try {
    for await (const bytes of inTurns(socket as AsyncIterable<Buffer>)) {
      hasReceived = true;
      yield bytes;
    }
  } catch (error) {
    if (errorCode(error) !== "ECONNRESET" || !hasReceived) throw error;
  }
}
