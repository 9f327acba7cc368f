import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { notedClient } from "../access/client-address.ts";
import type { Gate } from "../access/gate.ts";
import { isOwnOrigin } from "../access/origin.ts";
import { exemptFromEviction } from "../limits/connections.ts";
import type { OnRefused } from "../limits/refusals.ts";
import { LimitError } from "../limits/take-slot.ts";
import { NON_DOCUMENT } from "../shared/headers.ts";
import { HttpError, INTERNAL_ERROR } from "../shared/http-error.ts";
import { pathOf } from "../shared/paths.ts";
import { keepAlive, limitPings } from "./keep-alive.ts";

/**
 * Decides about a WebSocket request. The returned function gets the open socket in the same turn,
 * and a signal that aborts when nothing more may be read or sent. @throws HttpError to refuse it
 */
export type WebSocketRoute = (
  request: IncomingMessage,
  params: Readonly<Record<string, string>>,
) => (socket: WebSocket, ended: AbortSignal) => void;

export interface WebSocketPath {
  /** Below the base path; its named groups are the parameters. */
  readonly pattern: RegExp;
  readonly route: WebSocketRoute;
  /** A larger message ends the connection (RFC 6455, 7.4.1: 1009). */
  readonly maxPayload: number;
  /** Each has memory of its own; 1008 ends the connection. */
  readonly maxFragments: number;
  /** @default 1 */
  readonly missedPings?: number;
}

export interface WebSocketsOptions {
  readonly paths: readonly WebSocketPath[];
  readonly gate: Gate;
  /** Without a slash at its end. @default "" */
  readonly basePath?: string;
  /** @default 10000 */
  readonly pingMs?: number;
  /** @default 2000 */
  readonly refuseMs?: number;
  readonly onError?: (error: unknown) => void;
  readonly onRefused?: OnRefused;
}

/** The largest frame in packets of 1 KB, smaller than any network's. */
const MAX_READS = 16 * 1024;

const PING_MS = 10_000;
const REFUSE_MS = 2000;

/** Without a confirmed close, it is then cut. */
const CLOSE_MS = 1000;

/** Our own close code (RFC 6455, 7.4.2), after HTTP's 401. */
const ENDED = 4401;

/** Authenticates WebSockets, and passes them to the route of their path. */
export class WebSockets {
  readonly #options: WebSocketsOptions;
  #isClosed = false;
  readonly #endings = new WeakMap<WebSocket, AbortController>();
  readonly #paths: readonly { readonly path: WebSocketPath; readonly server: WebSocketServer }[];

  constructor(options: WebSocketsOptions) {
    this.#options = options;
    this.#paths = options.paths.map((path) => {
      // JPEGs do not compress, and a deflater costs 256 KB.
      const { maxPayload, maxFragments } = path;
      const limits = { maxPayload, maxFragments, maxBufferedChunks: MAX_READS, closeTimeout: CLOSE_MS };
      // One message a turn of the event loop: a read of the socket may hold 10,000.
      const turns = { allowSynchronousEvents: false };
      return { path, server: new WebSocketServer({ noServer: true, perMessageDeflate: false, ...limits, ...turns }) };
    });
  }

  handle(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => {});
    this.#open(request, socket, head).catch((error: unknown) => {
      if (!(error instanceof HttpError)) this.#options.onError?.(error);
      const { address } = notedClient(request) ?? {};
      this.#refuse(socket, error instanceof HttpError ? error : new HttpError(500, INTERNAL_ERROR), address);
    });
  }

  async #open(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const { gate, pingMs = PING_MS } = this.#options;
    gate.admit(request);
    // Another site's page may open one, with the cookie the browser has for us.
    const { expiresAt } = await gate.authenticate(request, isOwnOrigin(request));
    if (socket.destroyed || this.#isClosed) return void socket.destroy();
    const { server, path, params } = this.#find(request);
    const open = path.route(request, params);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      exemptFromEviction(socket);
      keepAlive(webSocket, pingMs, path.missedPings);
      limitPings(webSocket);
      webSocket.on("error", () => {});
      const ending = new AbortController();
      this.#endings.set(webSocket, ending);
      webSocket.once("close", () => ending.abort());
      if (expiresAt !== undefined) {
        const end = () => this.#end(webSocket, ENDED, "Your session has expired.");
        webSocket.once("close", gate.heldConnections.hold(expiresAt, end));
      }
      open(webSocket, ending.signal);
    });
  }

  /** Discards what the client still sends. */
  #end(socket: WebSocket, code: number, reason: string): void {
    this.#endings.get(socket)?.abort();
    socket.removeAllListeners("message");
    socket.resume();
    socket.close(code, reason);
  }

  /** A server that goes away (RFC 6455, 7.4.1). */
  close(): void {
    this.#isClosed = true;
    for (const { server } of this.#paths) {
      for (const socket of server.clients) this.#end(socket, 1001, "The server is stopping.");
    }
  }

  #find({ url = "" }: IncomingMessage) {
    const { basePath = "" } = this.#options;
    const whole = pathOf(url);
    // Ignores case, as Express does.
    const isOurs = whole.toLowerCase().startsWith(`${basePath.toLowerCase()}/`);
    const own = isOurs ? whole.slice(basePath.length) : "";
    for (const { path, server } of this.#paths) {
      const match = path.pattern.exec(own);
      if (match === null) continue;
      const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decoded(value)] as const);
      return { path, server, params: Object.fromEntries(params) };
    }
    throw new HttpError(404, `WebSocket not found: ${whole}.`);
  }

  /** Only clients other than browsers see an answer over HTTP. */
  #refuse(socket: Socket, error: HttpError, address: string | undefined): void {
    const { status, message, headers } = error;
    this.#options.onRefused?.(status, error instanceof LimitError ? error.limit : undefined, address);
    const body = JSON.stringify({ error: message });
    const all = {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "no-store",
      ...NON_DOCUMENT,
      Connection: "close",
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), this.#options.refuseMs ?? REFUSE_MS);
    socket.once("close", () => clearTimeout(timer));
  }
}

/** A malformed name stays as it is, and names nothing. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
