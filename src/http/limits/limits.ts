import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { sayGoodbye } from "../../net/goodbye.ts";
import type { TrustedProxies } from "../../net/trusted-proxies.ts";
import { TokenBucket } from "../../util/token-bucket.ts";
import type { CorsOptions } from "../access/cors-headers.ts";
import { closeAfterResponse, closeWithError } from "./bad-request.ts";
import { Connections, type ConnectionsOptions } from "./connections.ts";
import { FastReject, PreparedResponse } from "./fast-reject.ts";
import type { Limit, Refusals } from "./refusals.ts";
import { RequestRates, type RequestRatesOptions } from "./request-rates.ts";

export interface LimitsOptions {
  /** An IP address may have half. */
  readonly maxConnections: number;
  /** Per IP address and kind; 0 for no limit. */
  readonly maxRequests: number;
  /** @default none */
  readonly trust?: TrustedProxies;
  /** @default those of local networks */
  readonly cors?: CorsOptions;
  readonly refusals: Refusals;
  readonly arrivals?: ConnectionsOptions["arrivals"];
  readonly isExempt?: ConnectionsOptions["isExempt"];
  readonly hasTime?: RequestRatesOptions["hasTime"];
}

/** Browsers wait for each response; some programs pipeline a few. */
const MAX_PIPELINED = 16;

/** To say why costs twice as much as a cut. */
const GOODBYES_PER_SECOND = 100;

/** Rejects excess connections and requests, before anything else is done for them. */
export class Limits {
  readonly #refusals: Refusals;
  readonly #connections: Connections;
  readonly #rates: RequestRates;
  readonly #fastReject: FastReject;
  readonly #answers: Readonly<Partial<Record<Limit, PreparedResponse>>>;
  readonly #goodbyes = new TokenBucket(GOODBYES_PER_SECOND);

  constructor({ maxConnections, maxRequests, trust, cors, refusals, ...rest }: LimitsOptions) {
    const { arrivals, isExempt, hasTime } = rest;
    this.#fastReject = new FastReject(cors ?? {});
    const shared = { onLimitReached: refusals.reached, ...(trust && { trust }) };
    this.#refusals = refusals;
    const connectionRules = { ...shared, ...(arrivals && { arrivals }), ...(isExempt && { isExempt }) };
    this.#connections = new Connections({ ...connectionRules, max: maxConnections });
    this.#rates = new RequestRates({ ...shared, perSecond: maxRequests, ...(hasTime && { hasTime }) });
    const { maxPerAddress } = this.#connections;
    this.#answers = {
      requests: new PreparedResponse(
        429,
        `Too many requests: your address may send ${maxRequests} per second. Try again in 1 s.`,
        1,
      ),
      load: new PreparedResponse(503, "Server overloaded. Try again in a moment.", 1),
      connections: new PreparedResponse(
        503,
        `Too many connections: all ${maxConnections} are in use. Try again later.`,
        10,
      ),
      "connections-of-address": new PreparedResponse(
        429,
        `Too many connections from your address: it may have ${maxPerAddress}. Close some, or try again later.`,
        10,
      ),
      arrivals: new PreparedResponse(
        429,
        "Too many new connections from your address. Keep a connection open and reuse it.",
        1,
      ),
    };
  }

  get connections(): number {
    return this.#connections.count;
  }

  attach(server: Server, isSecure: boolean): void {
    const takes = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      if (this.#admits(socket, isSecure)) for (const take of takes) take.call(server, socket);
    });
    server.prependListener("secureConnection", (socket: Socket) => {
      if (socket instanceof TLSSocket) this.#connections.setTlsSocket(socket);
    });
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const connection = this.#connections.of(socket as Socket);
      if (connection?.openRequests === 1 && closeAfterResponse(connection.response, socket as Socket)) return;
      const hasAnswer = (connection?.openRequests ?? 0) > 1 || connection?.response?.headersSent === true;
      const badRequest = closeWithError(error, socket as Socket, hasAnswer);
      if (badRequest === undefined) return;
      this.#refusals.answered(badRequest.answer.status);
      if (badRequest.limit !== undefined) this.#refusals.reached(badRequest.limit, connection?.address ?? "unknown");
    });
  }

  /** Passes admitted requests to `app`. */
  guard(app: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      const connection = this.#connections.of(socket);
      // Its requests may have been read before it was cut.
      if (connection === undefined) socket.destroy();
      if (connection === undefined || socket.destroyed) return;
      const limit = this.#rates.limitFor(request, connection);
      const answer = limit && this.#answers[limit];
      if (connection.openRequests >= MAX_PIPELINED) {
        this.#refusals.reached("pipelining", connection.address);
        connection.cut();
        return;
      }
      this.#connections.beginRequest(connection, response, answer !== undefined);
      if (answer === undefined) {
        app(request, response);
      } else {
        this.#refusals.answered(answer.status);
        // Holding a proxy's rejections would use up its connections, and keep out its other
        // clients.
        const flooder = connection.isProxy ? undefined : connection.network;
        this.#fastReject.reject({ request, response, answer }, flooder);
      }
    };
  }

  /** Returns whether it rejected the request. */
  rejectsWebSocket(request: IncomingMessage, socket: Socket): boolean {
    const connection = this.#connections.of(socket);
    const limit = connection && this.#rates.limitFor(request, connection);
    const answer = limit && this.#answers[limit];
    if (answer === undefined) return false;
    this.#refusals.answered(answer.status);
    sayGoodbye(socket, answer.bytes);
    return true;
  }

  /** Closes a connection that is not admitted, and without TLS says why. */
  #admits(socket: Socket, isSecure: boolean): boolean {
    const limit = this.#connections.admit(socket);
    if (limit === undefined) return true;
    const answer = this.#answers[limit];
    socket.on("error", () => {});
    if (isSecure || answer === undefined || !this.#goodbyes.take(performance.now())) {
      socket.destroy();
    } else {
      this.#refusals.answered(answer.status);
      sayGoodbye(socket, answer.bytes);
    }
    return false;
  }
}
