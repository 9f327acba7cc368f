import type { Socket } from "node:net";
import { networkOf } from "../net/ip-address.ts";
import { Slots } from "../net/slots.ts";
import { SocketWriter } from "../net/socket-writer.ts";

/** When all places are taken, a client that has not taken its picture for this long, in milliseconds, makes room. */
const STUCK_MS = 5000;

export interface TcpClientsOptions {
  /** How many may be connected; an address may have half of them, and this machine itself all. */
  readonly max: number;
  /** Told of each that is not served any more, or not at all, for want of a place, in plain words. */
  readonly onRejected: (text: string) => void;
  /** @default 5000 */
  readonly stuckMs?: number;
  /** How long one may take nothing, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
}

/** A connection somebody opened to get pictures. */
export class TcpClient {
  readonly socket: Socket;
  /** Its address and port. */
  readonly peer: string;
  readonly writer: SocketWriter;
  /** True until it has said what is needed to serve it. */
  isPending: boolean;
  readonly #since = performance.now();

  constructor(socket: Socket, peer: string, writer: SocketWriter, isPending: boolean) {
    this.socket = socket;
    this.peer = peer;
    this.writer = writer;
    this.isPending = isPending;
  }

  /** For how long it has done nothing although it is its turn, in milliseconds. */
  get idleMs(): number {
    return this.isPending ? performance.now() - this.#since : this.writer.busyMs;
  }
}

/**
 * The clients of a port, and the limit to how many there are.
 *
 * Connections that nobody uses must not keep out those who would: when all places are taken, the client that has sent no
 * hello longest loses its place, and so does one that is stuck for some seconds. If none is, the address with the most
 * gives one up to an address with fewer. Otherwise a new one is turned away.
 */
export class TcpClients {
  readonly #options: TcpClientsOptions;
  readonly #slots: Slots;
  readonly #clients = new Map<TcpClient, () => void>();

  constructor(options: TcpClientsOptions) {
    this.#options = options;
    const { max } = options;
    this.#slots = new Slots({ max, perAddress: Math.ceil(max / 2), isThisMachineExempt: true });
  }

  /** Takes a connection in, until it closes; undefined, and closed, when there is no place. */
  admit(socket: Socket, peer: string, { isPending }: { readonly isPending: boolean }): TcpClient | undefined {
    const { max, drainTimeoutMs, onRejected: onCrowded } = this.#options;
    const limit = this.#slots.limitFor(peer);
    if (limit !== undefined) this.#endIdle(limit === "address" ? networkOf(peer) : undefined);
    const client = new TcpClient(socket, peer, new SocketWriter(socket, drainTimeoutMs), isPending);
    const leave = this.#slots.take(peer, () => this.#end(client, "its address had the most"));
    if (typeof leave === "string") {
      const { perAddress } = this.#slots;
      const which = leave === "all" ? `all ${max} places` : `all ${perAddress} places of an address`;
      onCrowded(`${peer} was turned away, since ${which} are taken`);
      socket.destroy();
      return undefined;
    }
    this.#clients.set(client, leave);
    socket.once("close", () => this.#forget(client));
    return client;
  }

  /** Ends the client that has been idle for longest, of a network or of all, if one is. */
  #endIdle(network: string | undefined): void {
    const { stuckMs = STUCK_MS } = this.#options;
    const own = [...this.#clients.keys()].filter(({ peer }) => network === undefined || networkOf(peer) === network);
    const movable = own.filter(({ isPending, idleMs }) => isPending || idleMs >= stuckMs);
    const [first, ...others] = movable;
    if (first === undefined) return;
    const client = others.reduce((longest, other) => (other.idleMs > longest.idleMs ? other : longest), first);
    this.#end(client, client.isPending ? "it has not said hello" : "it takes no pictures");
  }

  #end(client: TcpClient, why: string): void {
    this.#options.onRejected(`${client.peer} was closed to make room for another, since ${why}`);
    client.socket.destroy();
    this.#forget(client);
  }

  #forget(client: TcpClient): void {
    this.#clients.get(client)?.();
    this.#clients.delete(client);
  }
}
