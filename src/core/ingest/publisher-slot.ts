import { epochOf } from "../../util/clock.ts";
import type { DriverContext } from "../camera-options.ts";
import {
  isSamePublisher,
  type Publisher,
  PublisherConflict,
  PublisherSlotBusy,
  type PublisherStatus,
} from "./publisher.ts";
import { type ConnectionEnd, PublisherConnection, type PublisherConnectionOptions } from "./publisher-connection.ts";
import { Rendezvous } from "./rendezvous.ts";

/** A stream without a frame for this long gives way to the next. */
const FIRST_PICTURE_MS = 2000;

/** Each may need the memory of the largest frame, twice. */
const MAX_SINGLES = 4;

export interface PublisherSlotOptions {
  /** Then a publisher is no longer live. */
  readonly stallMs: number;
  /** @default 2000 */
  readonly firstPictureMs?: number;
}

interface Live {
  readonly publisher: Publisher;
  readonly stream: PublisherConnection | undefined;
  /** By `performance.now()`. */
  readonly since: number;
  /** By `performance.now()`. */
  lastAt: number;
  frames: number;
}

/** Passes frames from publishers to the camera's driver. One publisher is live at a time. */
export class PublisherSlot {
  readonly #stallMs: number;
  readonly #firstPictureMs: number;
  readonly #rendezvous = new Rendezvous<Uint8Array>();
  readonly #connections = new Set<PublisherConnection>();
  #live: Live | undefined;
  #reader: Pick<DriverContext, "waiting" | "dropped"> | undefined;
  #said = "";
  #closedBecause: string | undefined;

  constructor({ stallMs, firstPictureMs = FIRST_PICTURE_MS }: PublisherSlotOptions) {
    this.#stallMs = stallMs;
    this.#firstPictureMs = firstPictureMs;
  }

  get publisher(): PublisherStatus | null {
    const live = this.#live;
    if (live === undefined || this.#isPast(live)) return null;
    return { ...live.publisher, since: epochOf(live.since), frames: live.frames };
  }

  /** @throws PublisherConflict if another publisher is live; PublisherSlotBusy if closed. */
  check(publisher: Publisher): void {
    if (this.#closedBecause !== undefined) throw new PublisherSlotBusy(this.#closedBecause);
    const live = this.#live;
    if (live === undefined || !this.#keepsOut(live, publisher)) return;
    throw new PublisherConflict("Another publisher is live. Try again when it has ended.");
  }

  /**
   * Accepts a publisher; always call `end` on the connection. @throws PublisherConflict if another
   * publisher is live; PublisherSlotBusy if closed, or if too many single frames are in transit.
   */
  connect(options: PublisherConnectionOptions): PublisherConnection {
    this.check(options.publisher);
    const singles = [...this.#connections].filter(({ isStream }) => !isStream).length;
    if (!options.isStream && singles >= MAX_SINGLES) {
      throw new PublisherSlotBusy(`${MAX_SINGLES} single frames are in transit. Send the next when one has arrived.`);
    }
    const connection = new PublisherConnection(options, this.#stallMs, {
      give: (jpeg) => this.#give(connection, jpeg),
      skip: (reason) => this.#reader?.dropped(reason),
      end: (how) => this.#end(connection, how),
    });
    this.#connections.add(connection);
    if (options.isStream) this.#place(options.publisher, connection);
    return connection;
  }

  /** Yields published frames. Without a reader, frames are dropped. */
  async *read({ signal, waiting, dropped }: DriverContext): AsyncGenerator<Uint8Array, undefined> {
    this.#reader = { dropped, ...(waiting && { waiting }) };
    this.#say("No publisher has sent a frame yet");
    try {
      yield* this.#rendezvous.take(signal);
    } finally {
      this.#reader = undefined;
    }
  }

  close(why = "The server is stopping."): void {
    this.#closedBecause = why;
    for (const connection of this.#connections) connection.lose(new PublisherSlotBusy(why));
  }

  #keepsOut(live: Live, publisher: Publisher): boolean {
    if (this.#isPast(live) || (publisher.key !== null && publisher.key === live.publisher.key)) return false;
    if (live.stream === undefined) return !isSamePublisher(publisher, live.publisher);
    return live.frames > 0 || performance.now() - live.lastAt <= this.#firstPictureMs;
  }

  /** A stream ends by itself. */
  #isPast({ stream, lastAt }: Live): boolean {
    return stream === undefined && performance.now() - lastAt > this.#stallMs;
  }

  #place(publisher: Publisher, stream: PublisherConnection | undefined): Live {
    const replaced = this.#live?.stream;
    const now = performance.now();
    this.#live = { publisher, stream, since: now, lastAt: now, frames: 0 };
    replaced?.lose(new PublisherConflict("Another connection replaced this one."));
    return this.#live;
  }

  async #give({ publisher, isStream }: PublisherConnection, jpeg: Uint8Array): Promise<void> {
    if (!isStream) this.check(publisher);
    const live = this.#live;
    const isItsOwn =
      live !== undefined && (isStream || (live.stream === undefined && isSamePublisher(publisher, live.publisher)));
    const own = isItsOwn ? live : this.#place(publisher, undefined);
    own.lastAt = performance.now();
    own.frames++;
    await this.#rendezvous.give(jpeg);
  }

  #end(connection: PublisherConnection, how: ConnectionEnd): void {
    this.#connections.delete(connection);
    const live = this.#live;
    if (live?.stream !== connection) return;
    const { frames } = live;
    const mayReturn = how === "done" && frames === 1;
    this.#live = mayReturn ? { ...live, stream: undefined } : undefined;
    if (mayReturn) return;
    const silence = `sent no whole frame for ${this.#stallMs / 1000} s`;
    // No address: guests read this.
    const text = `The publisher ${how === "silent" ? silence : "has gone"}`;
    // Of publishers without a frame, tell the first.
    if (frames > 0 || (how === "silent" && text !== this.#said)) this.#say(text);
  }

  #say(text: string): void {
    this.#said = text;
    this.#reader?.waiting?.(text);
  }
}
