import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isThisMachine, networkOf, unmappedAddress } from "../../net/ip-address.ts";
import { isFewer, largestOf } from "../../net/slots.ts";
import { TRUST_NO_PROXY, type TrustedProxies } from "../../net/trusted-proxies.ts";
import { TokenBuckets } from "../../util/token-buckets.ts";
import { EvictionOrder } from "./eviction-order.ts";
import type { Limit } from "./refusals.ts";

export interface ConnectionsOptions {
  /** An IP address may have half, except this machine's. */
  readonly max: number;
  /** One may have all connections, at any rate. @default none */
  readonly trust?: TrustedProxies;
  /** Such a network may have all connections. @default only this machine */
  readonly isExempt?: (network: string) => boolean;
  /** Per IP address. @default 500 per second, 2000 at once */
  readonly arrivals?: { readonly perSecond: number; readonly burst: number };
  readonly onLimitReached: (limit: Limit, address: string) => void;
}

/**
 * An office returns at once after a restart, with six connections a browser. To accept and cut one
 * costs 0.05 ms of CPU, to answer on it 0.2 ms. Measured 2026-11-28.
 */
const ARRIVALS = { perSecond: 500, burst: 2000 };

export interface Connection {
  readonly address: string;
  readonly network: string;
  /** A proxy may report its clients. */
  readonly isProxy: boolean;
  openRequests: number;
  response: ServerResponse | undefined;
  cut(): void;
}

interface Entry extends Connection {
  /** Over TLS, the one on top. */
  topSocket: Socket;
  readonly own: NetworkConnections;
  readonly endpoints: string;
}

const exempt = new WeakSet<Socket>();

/** Exempts a connection from eviction until `until` closes, or for life. */
export function exemptFromEviction(socket: Socket, until?: ServerResponse): void {
  exempt.add(socket);
  // Runs before the connection counts as idle again.
  until?.prependOnceListener("close", () => exempt.delete(socket));
}

interface NetworkConnections {
  readonly evictionOrder: EvictionOrder<Entry>;
  /** Oldest first. */
  readonly all: Set<Entry>;
  readonly isProxy: boolean;
}

/**
 * Counts all connections of the port. When they are used up, one without a stream is evicted, so a
 * flood of idle ones keeps nobody out and cuts no viewer. If all carry streams, the address with
 * the most gives its newest to one with fewer, as in `Slots`.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #arrivals: TokenBuckets;
  readonly #entries = new WeakMap<Socket, Entry>();
  readonly #byEndpoints = new Map<string, Entry>();
  readonly #evictionOrder = new EvictionOrder<Entry>();
  readonly #networks = new Map<string, NetworkConnections>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#arrivals = new TokenBuckets(options.arrivals ?? ARRIVALS);
  }

  get count(): number {
    return this.#byEndpoints.size;
  }

  get maxPerAddress(): number {
    return Math.ceil(this.#options.max / 2);
  }

  /** Returns the limit that keeps it out. */
  admit(socket: Socket): Limit | undefined {
    const { max, trust = TRUST_NO_PROXY, onLimitReached } = this.#options;
    // After a refused upgrade a connection comes again.
    if (this.#entries.has(socket)) return undefined;
    const address = unmappedAddress(socket.remoteAddress ?? "unknown");
    const network = networkOf(address);
    const isProxy = trust(address, 0);
    const limit = this.#limitFor(network, isProxy, max);
    if (limit !== undefined) onLimitReached(limit, address);
    else this.#add(socket, { address, network, isProxy });
    return limit;
  }

  /** Requests come from it. */
  setTlsSocket(topSocket: Socket): void {
    const entry = this.#byEndpoints.get(endpointsOf(topSocket));
    if (entry === undefined) return;
    entry.topSocket = topSocket;
    this.#entries.set(topSocket, entry);
  }

  of(socket: Socket): Connection | undefined {
    return this.#entries.get(socket);
  }

  /** A refused request does not delay eviction. */
  beginRequest(connection: Connection, response: ServerResponse, isRefused: boolean): void {
    const entry = connection as Entry;
    entry.openRequests++;
    entry.response = response;
    if (!isRefused) this.#put(entry);
    response.once("close", () => {
      entry.openRequests--;
      if (entry.response === response) entry.response = undefined;
      if (!isRefused && !entry.topSocket.destroyed) this.#put(entry);
    });
  }

  #limitFor(network: string, isProxy: boolean, max: number): Limit | undefined {
    if (isProxy) return this.count < max || this.#cut(this.#evictionOrder) ? undefined : "connections";
    if (!this.#arrivals.take(network, performance.now())) return "arrivals";
    const own = this.#networks.get(network);
    const { isExempt = isThisMachine } = this.#options;
    if (own !== undefined && own.all.size >= this.maxPerAddress && !isExempt(network)) {
      return this.#cut(own.evictionOrder) ? undefined : "connections-of-address";
    }
    return this.count < max || this.#makeRoomFor(own?.all.size ?? 0) ? undefined : "connections";
  }

  #makeRoomFor(own: number): boolean {
    const most = largestOf(this.#sharing());
    const isDue = most !== undefined && isFewer(own, most.size);
    if ((isDue && this.#cut(most.own.evictionOrder)) || this.#cut(this.#evictionOrder)) return true;
    const newest = isDue ? Array.from(most.own.all).at(-1) : undefined;
    if (newest === undefined) return false;
    newest.cut();
    this.#remove(newest);
    this.#options.onLimitReached("connections-given-up", newest.address);
    return true;
  }

  /** A cut connection stops counting at once, although it closes later. */
  #cut(evictionOrder: EvictionOrder<Entry>): boolean {
    const first = evictionOrder.first(({ topSocket }) => exempt.has(topSocket) || topSocket.destroyed);
    if (first === undefined) return false;
    first.cut();
    this.#remove(first);
    return true;
  }

  /** A proxy has the connections of many. */
  *#sharing(): Iterable<{ readonly own: NetworkConnections; readonly size: number }> {
    for (const own of this.#networks.values()) if (!own.isProxy) yield { own, size: own.all.size };
  }

  #add(socket: Socket, { address, network, isProxy }: Pick<Connection, "address" | "network" | "isProxy">): void {
    const own = this.#networks.get(network) ?? { evictionOrder: new EvictionOrder<Entry>(), all: new Set(), isProxy };
    this.#networks.set(network, own);
    const entry: Entry = {
      address,
      network,
      isProxy,
      openRequests: 0,
      response: undefined,
      topSocket: socket,
      own,
      endpoints: endpointsOf(socket),
      cut: () => socket.destroy(),
    };
    own.all.add(entry);
    this.#byEndpoints.set(entry.endpoints, entry);
    this.#entries.set(socket, entry);
    this.#put(entry);
    socket.once("close", () => this.#remove(entry));
  }

  #remove(entry: Entry): void {
    const { own, network, endpoints } = entry;
    if (!own.all.delete(entry)) return;
    this.#evictionOrder.remove(entry);
    own.evictionOrder.remove(entry);
    if (own.all.size === 0) this.#networks.delete(network);
    if (this.#byEndpoints.get(endpoints) === entry) this.#byEndpoints.delete(endpoints);
  }

  #put(entry: Entry): void {
    if (exempt.has(entry.topSocket) || !entry.own.all.has(entry)) return;
    this.#evictionOrder.put(entry, entry.openRequests > 0);
    entry.own.evictionOrder.put(entry, entry.openRequests > 0);
  }
}

function endpointsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
