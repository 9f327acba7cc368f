import type { Socket } from "node:net";
import { networkOf } from "../net/ip-address.ts";
import { Slots } from "../net/slots.ts";
import { SocketWriter } from "../net/socket-writer.ts";

/** Then a client makes room if all slots are taken. */
const STUCK_MS = 5000;

export interface TcpClientsOptions {
  /** One address may have half of it, this machine all. */
  readonly max: number;
  readonly onRejected: (text: string) => void;
  /** @default 5000 */
  readonly stuckMs?: number;
  /** @default 30000 */
  readonly drainTimeoutMs?: number;
}

export class TcpClient {
  readonly socket: Socket;
  readonly peer: string;
  readonly writer: SocketWriter;
  isPending: boolean;
  readonly #since = performance.now();

  constructor(socket: Socket, peer: string, writer: SocketWriter, isPending: boolean) {
    this.socket = socket;
    this.peer = peer;
    this.writer = writer;
    this.isPending = isPending;
  }

  get idleMs(): number {
    return this.isPending ? performance.now() - this.#since : this.writer.busyMs;
  }
}

/**
 * Holds the clients of a port.
 *
 * If all slots are taken, the longest idle client loses its slot: without a hello, or stuck for
 * some seconds. Otherwise the address with the most loses one to an address with fewer, or the new
 * client is rejected.
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

  /** Closes the connection and returns undefined if no slot is free. */
  admit(socket: Socket, peer: string, { isPending }: { readonly isPending: boolean }): TcpClient | undefined {
    const { max, drainTimeoutMs, onRejected: onCrowded } = this.#options;
    const limit = this.#slots.limitFor(peer);
    if (limit !== undefined) this.#endIdle(limit === "address" ? networkOf(peer) : undefined);
    const client = new TcpClient(socket, peer, new SocketWriter(socket, drainTimeoutMs), isPending);
    const leave = this.#slots.take(peer, () => this.#end(client, "its address had the most slots"));
    if (typeof leave === "string") {
      const { perAddress } = this.#slots;
      const which = leave === "all" ? `all ${max} slots` : `all ${perAddress} slots of its address`;
      onCrowded(`Client rejected: ${peer}: ${which} are taken`);
      socket.destroy();
      return undefined;
    }
    this.#clients.set(client, leave);
    socket.once("close", () => this.#forget(client));
    return client;
  }

  #endIdle(network: string | undefined): void {
    const { stuckMs = STUCK_MS } = this.#options;
    const own = [...this.#clients.keys()].filter(({ peer }) => network === undefined || networkOf(peer) === network);
    const movable = own.filter(({ isPending, idleMs }) => isPending || idleMs >= stuckMs);
    const [first, ...others] = movable;
    if (first === undefined) return;
    const client = others.reduce((longest, other) => (other.idleMs > longest.idleMs ? other : longest), first);
    this.#end(client, client.isPending ? "it sent no hello" : "it takes no frames");
  }

  #end(client: TcpClient, why: string): void {
    this.#options.onRejected(`Client closed to make room for another: ${client.peer}: ${why}`);
    client.socket.destroy();
    this.#forget(client);
  }

  #forget(client: TcpClient): void {
    this.#clients.get(client)?.();
    this.#clients.delete(client);
  }
}
