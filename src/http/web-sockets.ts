import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { MAX_PICTURE_BYTES } from "../jpeg/split.ts";
import { HttpError } from "./errors.ts";
import { keepAlive } from "./keep-alive.ts";

/**
 * Decides about a WebSocket that somebody asks for at a path. Throws an HttpError to refuse it; what it returns is called,
 * in the same turn, with the open one.
 */
export type SocketRoute = (request: IncomingMessage, name: string) => (socket: WebSocket) => void;

export interface WebSocketsParts {
  /** Routes by the path below the base path, whose one group is the name it is given. */
  readonly routes: readonly (readonly [path: RegExp, route: SocketRoute])[];
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
  /** How often the other side is asked whether it is still there, in milliseconds. @default 10000 */
  readonly pingMs?: number;
  /** How long a refused client may take to read why, in milliseconds. @default 2000 */
  readonly refuseMs?: number;
  /** Told of errors that are the program's own. */
  readonly onError?: (error: unknown) => void;
}

const PING_MS = 10_000;
const REFUSE_MS = 2000;
const WENT_WRONG = "Something went wrong in the server; its log says what.";

/** Every WebSocket of the server, let in by its route. */
export class WebSockets {
  readonly #parts: WebSocketsParts;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PICTURE_BYTES,
    // JPEGs do not shrink, and every deflater costs a quarter of a megabyte.
    perMessageDeflate: false,
  });

  constructor(parts: WebSocketsParts) {
    this.#parts = parts;
  }

  /** Takes a request for a WebSocket, from the HTTP server's `upgrade` event. */
  handle(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => {});
    try {
      const open = this.#find(request);
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        keepAlive(webSocket, this.#parts.pingMs ?? PING_MS);
        webSocket.on("error", () => {});
        open(webSocket);
      });
    } catch (error) {
      if (!(error instanceof HttpError)) this.#parts.onError?.(error);
      this.#refuse(socket, error instanceof HttpError ? error : new HttpError(500, WENT_WRONG));
    }
  }

  /** Ends every WebSocket, as a server that goes away does (RFC 6455, 7.4.1). */
  close(): void {
    for (const socket of this.#server.clients) socket.close(1001, "The server is stopping.");
  }

  #find(request: IncomingMessage): (socket: WebSocket) => void {
    const { basePath = "", routes } = this.#parts;
    const [path = ""] = (request.url ?? "").split("?");
    const own = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : "";
    for (const [pattern, route] of routes) {
      const [, name] = pattern.exec(own) ?? [];
      if (name !== undefined) return route(request, decoded(name));
    }
    throw new HttpError(404, `There is no WebSocket at ${path}.`);
  }

  /** Answers over HTTP, which clients other than browsers can see. */
  #refuse(socket: Socket, { status, message, headers }: HttpError): void {
    const body = JSON.stringify({ error: message });
    const all = {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "no-store",
      Connection: "close",
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), this.#parts.refuseMs ?? REFUSE_MS);
    socket.once("close", () => clearTimeout(timer));
  }
}

/** A name as it stands in a path; one that is written wrongly is the name of nothing. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
