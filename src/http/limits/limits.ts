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
  /** Connections at a time; an address may have half of them. */
  readonly maxConnections: number;
  /** Requests a second that are answered to an address, of each kind; 0 for no limit. */
  readonly maxRequests: number;
  /** Proxies that are believed about who asks. @default nobody */
  readonly trust?: TrustedProxies;
  /** Whose pages may read what is refused here. @default those of local networks */
  readonly cors?: CorsOptions;
  /** Told of whatever is refused here. */
  readonly refusals: Refusals;
  /** As `Connections` takes them. */
  readonly arrivals?: ConnectionsOptions["arrivals"];
  readonly isExempt?: ConnectionsOptions["isExempt"];
  /** As `RequestRates` takes it. */
  readonly hasTime?: RequestRatesOptions["hasTime"];
}

/** Requests that a connection may have sent without an answer to the first: browsers wait for each, and some programs send a few ahead. */
const MAX_PIPELINED = 16;

/** Those whose connection is not taken are told so; in a flood of them only so many a second, since that costs twice as much. */
const GOODBYES_PER_SECOND = 100;

/** What stands in front of everything else: connections and requests that are too many are refused before anything is done for them. */
export class Limits {
  readonly #refusals: Refusals;
  readonly #connections: Connections;
  readonly #rates: RequestRates;
  readonly #refuser: FastReject;
  readonly #answers: Readonly<Partial<Record<Limit, PreparedResponse>>>;
  readonly #goodbyes = new TokenBucket(GOODBYES_PER_SECOND);

  constructor({ maxConnections, maxRequests, trust, cors: readers, refusals, ...parts }: LimitsOptions) {
    const { arrivals, isExempt, hasTime } = parts;
    this.#refuser = new FastReject(readers ?? {});
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

  /** Connections there are. */
  get connections(): number {
    return this.#connections.count;
  }

  /** Has a server take no connection that is one too many, and say why it cannot read what comes on one. */
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
      const complaint = closeWithError(error, socket as Socket, hasAnswer);
      if (complaint === undefined) return;
      this.#refusals.answered(complaint.answer.status);
      if (complaint.limit !== undefined) this.#refusals.reached(complaint.limit, connection?.address ?? "unknown");
    });
  }

  /** Refuses requests that are too many, and gives the others to `app`. */
  guard(app: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      const connection = this.#connections.of(socket);
      // Of a connection that was cut some requests may have been read already.
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
        // A proxy would run out of connections, and then keep out those who ask little.
        const flooder = connection.isProxy ? undefined : connection.network;
        this.#refuser.reject({ request, response, answer }, flooder);
      }
    };
  }

  /** Whether a request for a WebSocket is one too many; then it is refused. */
  rejectsWebSocket(request: IncomingMessage, socket: Socket): boolean {
    const connection = this.#connections.of(socket);
    const limit = connection && this.#rates.limitFor(request, connection);
    const answer = limit && this.#answers[limit];
    if (answer === undefined) return false;
    this.#refusals.answered(answer.status);
    sayGoodbye(socket, answer.bytes);
    return true;
  }

  /** Whether a connection is taken; else it is closed, and told why where that takes no handshake. */
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
