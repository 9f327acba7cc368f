import type { Socket } from "node:net";
import { Mailbox } from "../core/mailbox.ts";
import type { AddressRanges } from "../net/address-ranges.ts";
import { sayGoodbye } from "../net/goodbye.ts";
import { listenTcp, type TcpServer } from "../net/tcp-server.ts";
import type { Endpoint } from "../options/endpoint.ts";

/** A sender that has given no picture for this long, in milliseconds, makes room for one that comes: its link may be dead. */
const SILENT_MS = 10_000;

/** Those turned away are told so, but in a flood of them only as many at a time. */
const MAX_GOODBYES = 100;

export interface TcpPublisherSlotOptions {
  /** A sender that comes replaces the one that is there, however live. */
  readonly isTakeoverAllowed: boolean;
  /** Told of each that is turned away, in plain words. */
  readonly onRejected: (text: string) => void;
  /** After how long without a picture a sender makes room for one that comes, in milliseconds. @default 10000 */
  readonly silentMs?: number;
  /** Who may send. @default everybody */
  readonly allow?: AddressRanges | undefined;
}

/** Somebody who sends pictures over a connection. */
export class TcpPublisher {
  /** Its address and port. */
  readonly peer: string;
  readonly socket: Socket;
  readonly #dismissal = new AbortController();
  #lastFrameAt = performance.now();

  constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
  }

  /** Aborts when it is to be heard no more. */
  get dismissed(): AbortSignal {
    return this.#dismissal.signal;
  }

  /** True once it has left, or was dismissed. */
  get isGone(): boolean {
    return this.socket.destroyed || this.dismissed.aborted;
  }

  /** What became of one that is gone, in plain words. */
  get endReason(): string {
    return this.dismissed.aborted ? `was closed, since ${this.dismissed.reason}` : "has left";
  }

  /** For how long it has given no picture, in milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#lastFrameAt;
  }

  touch(): void {
    this.#lastFrameAt = performance.now();
  }

  /** Closes its connection and tells it why: what comes after "since". */
  dismiss(reason: string): void {
    this.#dismissal.abort(reason);
    sayGoodbye(this.socket, `stillstream: closed, since ${reason}`);
  }
}

/** A port at which senders come, and the one place there is for them. */
export class TcpPublisherSlot {
  readonly #options: TcpPublisherSlotOptions;
  readonly #publishers = new Mailbox<TcpPublisher>();
  #server: TcpServer | undefined;
  #current: TcpPublisher | undefined;
  #closing = 0;

  constructor(options: TcpPublisherSlotOptions) {
    this.#options = options;
  }

  /** Opens it; gives its port. Throws a SetupError when that cannot be listened on. */
  async open(endpoint: Endpoint): Promise<number> {
    this.#server = await listenTcp(endpoint, (socket, peer) => this.#accept(socket, peer), {
      allow: this.#options.allow,
      onForbidden: (peer) => this.#options.onRejected(`${peer} is not allowed to send pictures; see allow`),
    });
    return this.#server.port;
  }

  /** Each sender that is let in. When another comes out, the one before it is dismissed or has left. */
  publishers(): AsyncIterable<TcpPublisher> {
    return this.#publishers;
  }

  /** True while nobody is there. */
  get isEmpty(): boolean {
    return this.#current?.isGone !== false;
  }

  /** Ends the senders and cuts their connections; resolves when the port is free. */
  async close(): Promise<void> {
    this.#publishers.close();
    await this.#server?.close();
  }

  #accept(socket: Socket, peer: string): void {
    const { isTakeoverAllowed: takeover, silentMs = SILENT_MS } = this.#options;
    const there = this.isEmpty ? undefined : this.#current;
    if (there !== undefined && !takeover && there.silentMs < silentMs) {
      this.#reject(socket, peer, there);
      return;
    }
    there?.dismiss(`${peer} has taken its place`);
    this.#current = new TcpPublisher(socket, peer);
    this.#publishers.put(this.#current);
  }

  #reject(socket: Socket, peer: string, there: TcpPublisher): void {
    this.#options.onRejected(`${peer} was turned away, since ${there.peer} is connected`);
    if (this.#closing >= MAX_GOODBYES) {
      socket.destroy();
      return;
    }
    this.#closing++;
    socket.once("close", () => this.#closing--);
    sayGoodbye(socket, `stillstream: turned away, since ${there.peer} is connected; try again when it has left`);
  }
}
