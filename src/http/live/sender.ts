import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { SendWindow } from "./window.ts";

/** What has pictures to send on a connection, and takes turns with others. */
export interface ScheduledSubscription {
  /** Bytes of the message it would send now; undefined when it has none, or enough of them are not acknowledged. */
  readonly due: number | undefined;
  /** True for one that is to know when what it sent has arrived, be it painted or not. */
  readonly wantsDeliveries: boolean;
  /** The picture of this order, and all before it of the whole connection, have arrived. */
  delivered(order: number): void;
  /** What it sends now, which is the picture of this order. */
  take(order: number): { readonly header: Buffer; readonly jpeg: Uint8Array };
}

/** What a ping carries whose answer tells how long the way is. The others carry the order of a picture. */
const RTT_PING = "rtt";

/** How often the way is measured, when nothing is under way at such a moment; in milliseconds. */
const RTT_EVERY_MS = 5000;

/**
 * The last hop of a live connection: whose turn it is, and whether anything may go out. Turns go round: who has sent goes
 * to the end. A large picture whose turn it is waits for room, and no smaller one passes it.
 */
export class LiveSender {
  readonly window = new SendWindow();
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  /** Those that had a picture when they were last looked at, in the order of their turns. */
  readonly #queue = new Set<ScheduledSubscription>();
  /** Those that are to know what has arrived. */
  readonly #listening = new Set<ScheduledSubscription>();
  /** The picture whose arrival a ping asks after; 0 while none does. */
  #asked = 0;
  #unwrittenBytes = 0;
  #rttAskedAt = 0;
  /** When a picture began to wait in our own memory, or one was taken from there. */
  #movedAt = 0;

  /** `raw` is the socket below. */
  constructor(socket: WebSocket, raw: Socket) {
    this.#socket = socket;
    this.#raw = raw;
    socket.on("pong", (data: Buffer) => {
      const answer = data.toString("latin1");
      if (answer === RTT_PING) this.window.measuredRtt(performance.now() - this.#rttAskedAt);
      else if (this.#asked > 0 && answer === String(this.#asked)) this.#answered();
    });
    this.#pingForRtt();
  }

  /** One has a picture, or may send another. */
  ready(subscription: ScheduledSubscription): void {
    this.#queue.add(subscription);
    this.#send();
  }

  /** One will send nothing more. */
  leave(subscription: ScheduledSubscription): void {
    this.#queue.delete(subscription);
    this.#listening.delete(subscription);
  }

  /** The picture of this order has arrived. */
  delivered(order: number): void {
    this.window.delivered(order, performance.now());
    for (const subscription of this.#listening) subscription.delivered(order);
    this.#send();
  }

  /** Of pictures that wait in our own memory. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  /** For how long the system has taken no whole picture while one waited, in milliseconds. */
  stuckMs(now: number): number {
    return this.#unwrittenBytes === 0 ? 0 : now - this.#movedAt;
  }

  #send(): void {
    for (const subscription of this.#queue) {
      const bytes = subscription.due;
      if (bytes !== undefined) {
        if (this.#socket.readyState !== WebSocket.OPEN) return;
        if (!this.window.hasRoom(bytes, this.#socket.bufferedAmount)) {
          this.#ask();
          return;
        }
        const { header, jpeg } = subscription.take(this.window.sent(bytes, performance.now()));
        this.#write(header, jpeg);
        if (subscription.wantsDeliveries) {
          this.#listening.add(subscription);
          this.#ask();
        }
      }
      // Who may send another says so when it does.
      this.#queue.delete(subscription);
      if (subscription.due !== undefined) this.#queue.add(subscription);
    }
  }

  /**
   * One message of two fragments in one write, so that the picture is not copied for each who gets it: 15 µs rather than
   * 25 of CPU for one of 40 KB, and 26 rather than 43 for one of 100 KB (measured 2026-11-27, docs/contribute/decisions/0012).
   */
  #write(header: Buffer, jpeg: Uint8Array): void {
    const bytes = header.length + jpeg.length;
    if (this.#unwrittenBytes === 0) this.#movedAt = performance.now();
    this.#unwrittenBytes += bytes;
    this.#raw.cork();
    this.#socket.send(header, { binary: true, fin: false });
    this.#socket.send(jpeg, { binary: true, fin: true }, () => this.#afterWrite(bytes));
    this.#raw.uncork();
  }

  #afterWrite(bytes: number): void {
    this.#unwrittenBytes -= bytes;
    this.#movedAt = performance.now();
    this.#send();
  }

  /**
   * Asks after the newest picture. Its answer comes when all of it has, so that a subscription which is not acknowledged
   * stands in nobody's way for longer than its pictures do.
   */
  #ask(): void {
    if (this.#asked > 0 || this.window.bytes === 0) return;
    this.#asked = this.window.order;
    this.#socket.ping(String(this.#asked));
  }

  #pingForRtt(): void {
    this.#rttAskedAt = performance.now();
    this.#socket.ping(RTT_PING);
  }

  #answered(): void {
    const order = this.#asked;
    this.#asked = 0;
    const isAll = order === this.window.order;
    if (isAll && performance.now() - this.#rttAskedAt > RTT_EVERY_MS) this.#pingForRtt();
    this.delivered(order);
    if (this.#listening.size > 0) this.#ask();
  }
}
