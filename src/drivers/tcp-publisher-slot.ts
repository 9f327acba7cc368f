import type { Socket } from "node:net";
import { Mailbox } from "../core/mailbox.ts";
import type { AddressRanges } from "../net/address-ranges.ts";
import { sayGoodbye } from "../net/goodbye.ts";
import { listenTcp, type TcpServer } from "../net/tcp-server.ts";
import type { Endpoint } from "../options/endpoint.ts";

/** A silent publisher's link may be dead: it makes room for another. */
const SILENT_MS = 10_000;

/** In a flood of rejections others are cut without a word. */
const MAX_GOODBYES = 100;

export interface TcpPublisherSlotOptions {
  readonly isTakeoverAllowed: boolean;
  readonly onRejected: (text: string) => void;
  /** @default everybody */
  readonly allow?: AddressRanges | undefined;
}

export class TcpPublisher {
  readonly peer: string;
  readonly socket: Socket;
  readonly #dismissal = new AbortController();
  #lastFrameAt = performance.now();

  constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
  }

  get dismissed(): AbortSignal {
    return this.#dismissal.signal;
  }

  get isGone(): boolean {
    return this.socket.destroyed || this.dismissed.aborted;
  }

  get endReason(): string {
    return this.dismissed.aborted
      ? `Publisher closed: ${this.peer}: ${this.dismissed.reason}`
      : `Publisher left: ${this.peer}`;
  }

  get silentMs(): number {
    return performance.now() - this.#lastFrameAt;
  }

  touch(): void {
    this.#lastFrameAt = performance.now();
  }

  dismiss(reason: string): void {
    this.#dismissal.abort(reason);
    sayGoodbye(this.socket, `stillstream: closed: ${reason}`);
  }
}

export class TcpPublisherSlot {
  readonly #options: TcpPublisherSlotOptions;
  readonly #publishers = new Mailbox<TcpPublisher>();
  #server: TcpServer | undefined;
  #current: TcpPublisher | undefined;
  #closing = 0;

  constructor(options: TcpPublisherSlotOptions) {
    this.#options = options;
  }

  /** @throws SetupError */
  async open(endpoint: Endpoint): Promise<number> {
    this.#server = await listenTcp(endpoint, (socket, peer) => this.#accept(socket, peer), {
      allow: this.#options.allow,
      onForbidden: (peer) => this.#options.onRejected(`Publisher rejected: ${peer}: its address is not in "allow"`),
    });
    return this.#server.port;
  }

  publishers(): AsyncIterable<TcpPublisher> {
    return this.#publishers;
  }

  get isEmpty(): boolean {
    return this.#current?.isGone !== false;
  }

  /** Resolves when the port is free. */
  async close(): Promise<void> {
    this.#publishers.close();
    await this.#server?.close();
  }

  #accept(socket: Socket, peer: string): void {
    const { isTakeoverAllowed: takeover } = this.#options;
    const there = this.isEmpty ? undefined : this.#current;
    if (there !== undefined && !takeover && there.silentMs < SILENT_MS) {
      this.#reject(socket, peer, there);
      return;
    }
    there?.dismiss(`${peer} replaced it`);
    this.#current = new TcpPublisher(socket, peer);
    this.#publishers.put(this.#current);
  }

  #reject(socket: Socket, peer: string, there: TcpPublisher): void {
    this.#options.onRejected(`Publisher rejected: ${peer}: ${there.peer} is connected`);
    if (this.#closing >= MAX_GOODBYES) {
      socket.destroy();
      return;
    }
    this.#closing++;
    socket.once("close", () => this.#closing--);
    sayGoodbye(socket, `stillstream: rejected: ${there.peer} is connected. Try again when it has left.`);
  }
}
