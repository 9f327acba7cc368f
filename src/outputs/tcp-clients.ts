import type { Socket } from "node:net";
import { SocketWriter } from "../net/socket-writer.ts";

/** When all places are taken, a client that has not taken its picture for this long, in milliseconds, makes room. */
const STUCK_MS = 5000;

export interface TcpClientsOptions {
  /** How many may be connected. */
  readonly max: number;
  /** Told of each that is not served any more, or not at all, for want of a place, in plain words. */
  readonly onCrowded: (text: string) => void;
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
 * Connections that nobody uses must not keep out those who would: when all places are taken, whoever has sent no hello
 * longest loses his, and so does who is stuck for some seconds. Only if none is, a new one is turned away.
 */
export class TcpClients {
  readonly #options: TcpClientsOptions;
  readonly #clients = new Set<TcpClient>();

  constructor(options: TcpClientsOptions) {
    this.#options = options;
  }

  /** Takes a connection in, until it closes; undefined, and closed, when there is no place. */
  admit(socket: Socket, peer: string, { isPending }: { readonly isPending: boolean }): TcpClient | undefined {
    const { max, drainTimeoutMs, onCrowded } = this.#options;
    if (this.#clients.size >= max && !this.#makeRoom()) {
      onCrowded(`${peer} was turned away, since all ${max} places are taken`);
      socket.destroy();
      return undefined;
    }
    const client = new TcpClient(socket, peer, new SocketWriter(socket, drainTimeoutMs), isPending);
    this.#clients.add(client);
    socket.once("close", () => this.#clients.delete(client));
    return client;
  }

  #makeRoom(): boolean {
    const { stuckMs = STUCK_MS, onCrowded } = this.#options;
    const movable = [...this.#clients].filter(({ isPending, idleMs }) => isPending || idleMs >= stuckMs);
    const [first, ...others] = movable;
    if (first === undefined) return false;
    const client = others.reduce((longest, other) => (other.idleMs > longest.idleMs ? other : longest), first);
    const why = client.isPending ? "it has not said hello" : "it takes no pictures";
    onCrowded(`${client.peer} was closed to make room for another, since ${why}`);
    client.socket.destroy();
    this.#clients.delete(client);
    return true;
  }
}
