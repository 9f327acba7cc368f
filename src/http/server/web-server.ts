import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { peekFirstByte } from "../../net/protocol-detector.ts";
import type { Limits } from "../limits/limits.ts";
import { endEarly } from "../shared/early-response.ts";
import { NON_DOCUMENT } from "../shared/headers.ts";
import { BareLineFeeds } from "./bare-line-feeds.ts";
import { answerHalfClosed } from "./half-closed.ts";
import type { WebSockets } from "./web-sockets.ts";

export interface WebServerOptions {
  readonly app: RequestListener;
  /** @default none */
  readonly webSockets?: WebSockets;
  /** Certificate and key: with them, plain HTTP is redirected to https. */
  readonly tlsPem?: string | undefined;
  /** @default none */
  readonly limits?: Limits;
  /** @default 20000 */
  readonly headTimeoutMs?: number;
}

/**
 * 16 KB (Node's `maxHeaderSize`) take seconds on the slowest mobile network. Apache allows as long
 * (https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html).
 */
const HEAD_TIMEOUT_MS = 20_000;

const HANDSHAKE_TIMEOUT_MS = 20_000;

/** A TLS handshake (RFC 8446, 5.1); no HTTP method begins with this byte. */
const HANDSHAKE = 0x16;

/**
 * Node's default would refuse the second (RFC 7301, 6). Not HTTP/2:
 * docs/contribute/decisions/0018-no-http-2.md.
 */
const PROTOCOLS = ["http/1.1", "http/1.0"];

/** Owns the sockets below the app. */
export class WebServer {
  readonly server: Server;
  readonly #secure: SecureServer | undefined;
  readonly #event: "connection" | "secureConnection";
  readonly #webSockets: WebSockets | undefined;
  readonly #limits: Limits | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #bareLineFeeds: BareLineFeeds;

  constructor({ app: unguarded, webSockets, tlsPem, limits, headTimeoutMs = HEAD_TIMEOUT_MS }: WebServerOptions) {
    this.#webSockets = webSockets;
    this.#limits = limits;
    this.#event = tlsPem === undefined ? "connection" : "secureConnection";
    const app = limits?.guard(unguarded) ?? unguarded;
    // Detects a timeout a tenth late at most.
    const times = { headersTimeout: headTimeoutMs, connectionsCheckingInterval: Math.ceil(headTimeoutMs / 10) };
    // Sketches send HTTP/1.1 without a host (ArduCAM/Arduino#250). The gate decides.
    const leniency = { requireHostHeader: false };
    if (tlsPem === undefined) {
      this.server = createServer({ ...times, ...leniency }, app);
    } else {
      const identity = { key: tlsPem, cert: tlsPem, ALPNProtocols: PROTOCOLS };
      // `noDelay` is the default for plain HTTP only.
      const options = { ...times, ...leniency, ...identity, handshakeTimeout: HANDSHAKE_TIMEOUT_MS, noDelay: true };
      const redirectGuarded = limits?.guard(redirect) ?? redirect;
      this.#secure = createSecureServer(options, (request, response) => {
        if (request.socket instanceof TLSSocket) app(request, response);
        else redirectGuarded(request, response);
      });
      this.server = this.#secure;
      acceptPlainHttp(this.#secure);
    }
    this.#bareLineFeeds = new BareLineFeeds(this.server, this.#event, headTimeoutMs);
    limits?.attach(this.server, this.#secure !== undefined);
    // A publisher's request lasts for days; `timeouts.ts` limits the others.
    this.server.requestTimeout = 0;
    answerHalfClosed(this.server);
    this.server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    if (webSockets !== undefined) {
      // Node's own server passes its socket, plain or TLS.
      this.server.on("upgrade", (request, socket, head) => this.#upgrade(webSockets, request, socket as Socket, head));
    }
  }

  /** New connections use it. */
  setCertificate(tlsPem: string): void {
    this.#secure?.setSecureContext({ key: tlsPem, cert: tlsPem });
  }

  /** Ends idle connections and WebSockets, and resolves when all are closed. */
  async close(): Promise<void> {
    this.#webSockets?.close();
    this.#bareLineFeeds.close();
    await new Promise((resolve) => this.server.close(resolve));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #upgrade(webSockets: WebSockets, request: IncomingMessage, socket: Socket, head: Buffer): void {
    const isInPlain = this.#secure !== undefined && !(socket instanceof TLSSocket);
    if (request.headers.upgrade?.toLowerCase() === "websocket" && !isInPlain) {
      if (this.#limits?.rejectsWebSocket(request, socket) !== true) webSockets.handle(request, socket, head);
    } else ignoreH2cUpgrade(request, socket, head, (again) => this.server.emit(this.#event, again));
  }
}

/** Tells by the first byte. One server reads both, so limits apply to both. */
function acceptPlainHttp(server: SecureServer): void {
  const [startTls] = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    peekFirstByte(socket, HANDSHAKE_TIMEOUT_MS, (byte) => {
      if (byte === HANDSHAKE) startTls?.call(server, socket);
      else server.emit("secureConnection", socket);
    });
  });
}

/** 308 keeps method and body (RFC 9110, 15.4.9). */
function redirect(request: IncomingMessage, response: ServerResponse): void {
  const { headers, socket, url = "/" } = request;
  const address = socket.localAddress ?? "localhost";
  const own = `${address.includes(":") ? `[${address}]` : address}:${socket.localPort}`;
  const location = `https://${headers.host || own}${url.startsWith("/") ? url : "/"}`;
  response.statusCode = 308;
  response.setHeader("Location", location);
  for (const [name, value] of Object.entries(NON_DOCUMENT)) response.setHeader(name, value);
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  void endEarly(request, response, `Use https: ${location}\n`);
}

/**
 * Answers a request for another protocol as if it had not asked (RFC 9110, 7.8): Java's HttpClient
 * and `curl --http2` ask for HTTP/2 first. Node stopped behind the head, which is put back.
 */
function ignoreH2cUpgrade(
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Socket,
  head: Buffer,
  take: (socket: Socket) => void,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  take(socket);
}
