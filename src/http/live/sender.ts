import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { LiveWindow } from "./window.ts";

/** What has pictures to send on a connection, and takes turns with others. */
export interface LiveTurn {
  /** Bytes of the message it would send now; undefined when it has none, or enough of them are not acknowledged. */
  readonly due: number | undefined;
  /** True for one that is to know when what it sent has arrived, be it painted or not. */
  readonly asksArrivals: boolean;
  /** The picture of this order, and all before it of the whole connection, have arrived. */
  arrived(order: number): void;
  /** What it sends now, which is the picture of this order. */
  take(order: number): { readonly header: Buffer; readonly jpeg: Uint8Array };
}

/** What a ping carries whose answer tells how long the way is. The others carry the order of a picture. */
const WAY_PING = "way";

/** How often the way is measured, when nothing is under way at such a moment; in milliseconds. */
const WAY_EVERY_MS = 5000;

/**
 * The last hop of a live connection: whose turn it is, and whether anything may go out. Turns go round: who has sent goes
 * to the end. A large picture whose turn it is waits for room, and no smaller one passes it.
 */
export class LiveSender {
  readonly window = new LiveWindow();
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  /** Those that had a picture when they were last looked at, in the order of their turns. */
  readonly #turns = new Set<LiveTurn>();
  /** Those that are to know what has arrived. */
  readonly #asking = new Set<LiveTurn>();
  /** The picture whose arrival a ping asks after; 0 while none does. */
  #asked = 0;
  #unwrittenBytes = 0;
  #wayAskedAt = 0;
  /** When a picture began to wait in our own memory, or one was taken from there. */
  #movedAt = 0;

  /** `raw` is the socket below. */
  constructor(socket: WebSocket, raw: Socket) {
    this.#socket = socket;
    this.#raw = raw;
    socket.on("pong", (data: Buffer) => {
      const answer = data.toString("latin1");
      if (answer === WAY_PING) this.window.measured(performance.now() - this.#wayAskedAt);
      else if (this.#asked > 0 && answer === String(this.#asked)) this.#answered();
    });
    this.#askWay();
  }

  /** One has a picture, or may send another. */
  ready(turn: LiveTurn): void {
    this.#turns.add(turn);
    this.#send();
  }

  /** One will send nothing more. */
  leave(turn: LiveTurn): void {
    this.#turns.delete(turn);
    this.#asking.delete(turn);
  }

  /** The picture of this order has arrived. */
  arrived(order: number): void {
    this.window.arrived(order, performance.now());
    for (const turn of this.#asking) turn.arrived(order);
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
    for (const turn of this.#turns) {
      const bytes = turn.due;
      if (bytes !== undefined) {
        if (this.#socket.readyState !== WebSocket.OPEN) return;
        if (!this.window.hasRoom(bytes, this.#socket.bufferedAmount)) {
          this.#ask();
          return;
        }
        const { header, jpeg } = turn.take(this.window.sent(bytes, performance.now()));
        this.#write(header, jpeg);
        if (turn.asksArrivals) {
          this.#asking.add(turn);
          this.#ask();
        }
      }
      // Who may send another says so when it does.
      this.#turns.delete(turn);
      if (turn.due !== undefined) this.#turns.add(turn);
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

  #askWay(): void {
    this.#wayAskedAt = performance.now();
    this.#socket.ping(WAY_PING);
  }

  #answered(): void {
    const order = this.#asked;
    this.#asked = 0;
    const isAll = order === this.window.order;
    if (isAll && performance.now() - this.#wayAskedAt > WAY_EVERY_MS) this.#askWay();
    this.arrived(order);
    if (this.#asking.size > 0) this.#ask();
  }
}
