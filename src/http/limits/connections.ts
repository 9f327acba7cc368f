import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isThisMachine, networkOf, unmappedAddress } from "../../net/ip-address.ts";
import { isFewer, largestOf } from "../../net/slots.ts";
import { TRUST_NO_PROXY, type TrustedProxies } from "../../net/trusted-proxies.ts";
import { TokenBuckets } from "../../util/token-buckets.ts";
import { EvictionOrder } from "./eviction-order.ts";
import type { Limit } from "./refusals.ts";

export interface ConnectionsOptions {
  /** Connections at a time; an address may have half of them, but for this machine itself. */
  readonly max: number;
  /** Proxies that are believed about who asks: one may have all connections, and open them as fast as it likes. @default nobody */
  readonly trust?: TrustedProxies;
  /** Whether a network may have all connections, whatever the rule says of an address. @default this machine itself */
  readonly isExempt?: (network: string) => boolean;
  /** New connections of an address: so many at once, and so many a second over time. @default 2000 and 500 */
  readonly arrivals?: { readonly perSecond: number; readonly burst: number };
  /** Told of each limit that an address has reached. */
  readonly onLimitReached: (limit: Limit, address: string) => void;
}

/**
 * An office behind one address may come back at once after a restart, with six connections of each browser. To take one and
 * cut it costs 0.05 ms of CPU, to answer a request on it 0.2 ms (measured 2026-11-28).
 */
const ARRIVALS = { perSecond: 500, burst: 2000 };

/** One connection: whose it is, and what it does. */
export interface Connection {
  /** Of its other side. */
  readonly address: string;
  readonly network: string;
  /** Whether its other side is a proxy that is believed about who asks. */
  readonly isProxy: boolean;
  /** Requests on it that are not answered yet. */
  openRequests: number;
  /** The answer to the last of them. */
  response: ServerResponse | undefined;
  cut(): void;
}

interface Entry extends Connection {
  /** What its requests come from: over TLS not the socket below. */
  top: Socket;
  readonly own: NetworkConnections;
  readonly ends: string;
}

const kept = new WeakSet<Socket>();

/**
 * Has a connection make no room for others, until a response closes, or as long as it lives: what it carries lasts, and has a
 * limit of its own.
 */
export function exemptFromEviction(socket: Socket, until?: ServerResponse): void {
  kept.add(socket);
  // Before it is looked at what the connection does then.
  until?.prependOnceListener("close", () => kept.delete(socket));
}

/** The connections of a network. */
interface NetworkConnections {
  readonly quiet: EvictionOrder<Entry>;
  /** In the order in which they were opened. */
  readonly all: Set<Entry>;
  readonly isProxy: boolean;
}

/**
 * All connections of the port. When all are in use, or all of an address, one that carries nothing that lasts makes room for
 * the next: the one that has been idle for longest, or else the one whose request has taken longest. So a flood of
 * idle connections keeps nobody out, and cuts off nobody who watches. If all carry what lasts, the address with the most
 * gives its newest up to one that has fewer, as in `Places`.
 */
export class Connections {
  readonly #rules: ConnectionsOptions;
  readonly #arrivals: TokenBuckets;
  readonly #entries = new WeakMap<Socket, Entry>();
  readonly #byEnds = new Map<string, Entry>();
  readonly #quiet = new EvictionOrder<Entry>();
  readonly #networks = new Map<string, NetworkConnections>();

  constructor(rules: ConnectionsOptions) {
    this.#rules = rules;
    this.#arrivals = new TokenBuckets(rules.arrivals ?? ARRIVALS);
  }

  /** How many there are. */
  get count(): number {
    return this.#byEnds.size;
  }

  /** How many one address may have. */
  get maxPerAddress(): number {
    return Math.ceil(this.#rules.max / 2);
  }

  /** Takes one in, until it closes, or gives the limit that keeps it out. */
  admit(socket: Socket): Limit | undefined {
    const { max, trust = TRUST_NO_PROXY, onLimitReached } = this.#rules;
    // One that asked for another protocol begins anew.
    if (this.#entries.has(socket)) return undefined;
    const address = unmappedAddress(socket.remoteAddress ?? "unknown");
    const network = networkOf(address);
    const isProxy = trust(address, 0);
    const limit = this.#limitFor(network, isProxy, max);
    if (limit !== undefined) onLimitReached(limit, address);
    else this.#add(socket, { address, network, isProxy });
    return limit;
  }

  /** Says that the requests of a connection come from this socket, which lies on its own. */
  setTlsSocket(top: Socket): void {
    const entry = this.#byEnds.get(endsOf(top));
    if (entry === undefined) return;
    entry.top = top;
    this.#entries.set(top, entry);
  }

  /** The one that a request comes from. */
  of(socket: Socket): Connection | undefined {
    return this.#entries.get(socket);
  }

  /** Something is asked on it, until the response closes. What is refused makes it no busier. */
  beginRequest(connection: Connection, response: ServerResponse, isRefused: boolean): void {
    const entry = connection as Entry;
    entry.openRequests++;
    entry.response = response;
    if (!isRefused) this.#put(entry);
    response.once("close", () => {
      entry.openRequests--;
      if (entry.response === response) entry.response = undefined;
      if (!isRefused && !entry.top.destroyed) this.#put(entry);
    });
  }

  #limitFor(network: string, isProxy: boolean, max: number): Limit | undefined {
    if (isProxy) return this.count < max || this.#cut(this.#quiet) ? undefined : "connections";
    if (!this.#arrivals.take(network, performance.now())) return "arrivals";
    const own = this.#networks.get(network);
    const { isExempt = isThisMachine } = this.#rules;
    if (own !== undefined && own.all.size >= this.maxPerAddress && !isExempt(network)) {
      return this.#cut(own.quiet) ? undefined : "connections-of-address";
    }
    return this.count < max || this.#makeRoomFor(own?.all.size ?? 0) ? undefined : "connections";
  }

  /** Cuts a connection for an address that has `own`. */
  #makeRoomFor(own: number): boolean {
    const most = largestOf(this.#sharing());
    const isDue = most !== undefined && isFewer(own, most.size);
    if ((isDue && this.#cut(most.own.quiet)) || this.#cut(this.#quiet)) return true;
    const newest = isDue ? Array.from(most.own.all).at(-1) : undefined;
    if (newest === undefined) return false;
    newest.cut();
    this.#remove(newest);
    this.#rules.onLimitReached("connections-given-up", newest.address);
    return true;
  }

  /** Cuts the first that may be closed, if there is one. It counts no longer, although it closes only later. */
  #cut(quiet: EvictionOrder<Entry>): boolean {
    const first = quiet.first(({ top }) => kept.has(top) || top.destroyed);
    if (first === undefined) return false;
    first.cut();
    this.#remove(first);
    return true;
  }

  /** Those of addresses, and how many each has: a proxy has the connections of many. */
  *#sharing(): Iterable<{ readonly own: NetworkConnections; readonly size: number }> {
    for (const own of this.#networks.values()) if (!own.isProxy) yield { own, size: own.all.size };
  }

  #add(socket: Socket, { address, network, isProxy }: Pick<Connection, "address" | "network" | "isProxy">): void {
    const own = this.#networks.get(network) ?? { quiet: new EvictionOrder<Entry>(), all: new Set(), isProxy };
    this.#networks.set(network, own);
    const entry: Entry = {
      address,
      network,
      isProxy,
      openRequests: 0,
      response: undefined,
      top: socket,
      own,
      ends: endsOf(socket),
      cut: () => socket.destroy(),
    };
    own.all.add(entry);
    this.#byEnds.set(entry.ends, entry);
    this.#entries.set(socket, entry);
    this.#put(entry);
    socket.once("close", () => this.#remove(entry));
  }

  #remove(entry: Entry): void {
    const { own, network, ends } = entry;
    if (!own.all.delete(entry)) return;
    this.#quiet.remove(entry);
    own.quiet.remove(entry);
    if (own.all.size === 0) this.#networks.delete(network);
    if (this.#byEnds.get(ends) === entry) this.#byEnds.delete(ends);
  }

  #put(entry: Entry): void {
    if (kept.has(entry.top) || !entry.own.all.has(entry)) return;
    this.#quiet.put(entry, entry.openRequests > 0);
    entry.own.quiet.put(entry, entry.openRequests > 0);
  }
}

/** What tells one connection from all others that are there. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
