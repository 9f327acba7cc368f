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

/** A stream that has given no picture for this long, in milliseconds, gives way to the next that comes. */
const FIRST_PICTURE_MS = 2000;

/** Single pictures on their way at a time: each may need the memory of the largest picture, twice while it is put together. */
const MAX_SINGLES = 4;

export interface PublisherSlotOptions {
  /** After this long without a picture, in milliseconds, a sender is no longer live. */
  readonly stallMs: number;
  /** How long a stream may take to its first picture before another may take its place, in milliseconds. @default 2000 */
  readonly firstPictureMs?: number;
}

/** Who sends now. */
interface Live {
  readonly sender: Publisher;
  /** Its stream; undefined for one that sends single pictures. */
  readonly stream: PublisherConnection | undefined;
  /** By `performance.now()`. */
  readonly since: number;
  /** When it began or gave its last picture, by `performance.now()`. */
  lastAt: number;
  frames: number;
}

/**
 * Where pictures are sent to a camera. What receives them, over HTTP or a WebSocket, meets here the driver that yields
 * them. One sender is live at a time.
 */
export class PublisherSlot {
  readonly #stallMs: number;
  readonly #firstPictureMs: number;
  readonly #handover = new Rendezvous<Uint8Array>();
  readonly #connections = new Set<PublisherConnection>();
  #live: Live | undefined;
  #reader: Pick<DriverContext, "waiting" | "dropped"> | undefined;
  #said = "";
  #closedBecause: string | undefined;

  constructor({ stallMs, firstPictureMs = FIRST_PICTURE_MS }: PublisherSlotOptions) {
    this.#stallMs = stallMs;
    this.#firstPictureMs = firstPictureMs;
  }

  /** The live sender, or null. */
  get publisher(): PublisherStatus | null {
    const live = this.#live;
    if (live === undefined || this.#isPast(live)) return null;
    return { ...live.sender, since: epochOf(live.since), frames: live.frames };
  }

  /** @throws SenderConflict when another sender is live; InletBusy when none can be taken. */
  check(sender: Publisher): void {
    if (this.#closedBecause !== undefined) throw new PublisherSlotBusy(this.#closedBecause);
    const live = this.#live;
    if (live === undefined || !this.#keepsOut(live, sender)) return;
    throw new PublisherConflict("Another sender is live; try again when it has ended.");
  }

  /**
   * Lets a sender in. Call `end` of what is returned, whatever happens.
   * @throws SenderConflict when another sender is live; InletBusy when none can be taken, or too many pictures are coming.
   */
  connect(parts: PublisherConnectionOptions): PublisherConnection {
    this.check(parts.publisher);
    const singles = [...this.#connections].filter(({ isStream }) => !isStream).length;
    if (!parts.isStream && singles >= MAX_SINGLES) {
      throw new PublisherSlotBusy(
        `${MAX_SINGLES} pictures are on their way already; send the next when they have come.`,
      );
    }
    const connection = new PublisherConnection(parts, this.#stallMs, {
      give: (jpeg) => this.#give(connection, jpeg),
      skip: (reason) => this.#reader?.dropped(reason),
      end: (how) => this.#end(connection, how),
    });
    this.#connections.add(connection);
    if (parts.isStream) this.#place(parts.publisher, connection);
    return connection;
  }

  /** What senders give, until the signal aborts: for the driver. While nobody reads, pictures are taken and forgotten. */
  async *read({ signal, waiting, dropped }: DriverContext): AsyncGenerator<Uint8Array, undefined> {
    this.#reader = { dropped, ...(waiting && { waiting }) };
    this.#say("Nobody has sent a picture yet");
    try {
      yield* this.#handover.take(signal);
    } finally {
      this.#reader = undefined;
    }
  }

  /** Ends every connection, and takes no more; senders are told why. */
  close(why = "The server is stopping."): void {
    this.#closedBecause = why;
    for (const connection of this.#connections) connection.lose(new PublisherSlotBusy(why));
  }

  #keepsOut(live: Live, sender: Publisher): boolean {
    if (this.#isPast(live) || (sender.key !== null && sender.key === live.sender.key)) return false;
    if (live.stream === undefined) return !isSamePublisher(sender, live.sender);
    return live.frames > 0 || performance.now() - live.lastAt <= this.#firstPictureMs;
  }

  /** True of one that sent single pictures and has not for the stall time; a stream ends by itself. */
  #isPast({ stream, lastAt }: Live): boolean {
    return stream === undefined && performance.now() - lastAt > this.#stallMs;
  }

  #place(sender: Publisher, stream: PublisherConnection | undefined): Live {
    const replaced = this.#live?.stream;
    const now = performance.now();
    this.#live = { sender, stream, since: now, lastAt: now, frames: 0 };
    replaced?.lose(new PublisherConflict("Another connection has taken its place."));
    return this.#live;
  }

  async #give({ publisher: sender, isStream }: PublisherConnection, jpeg: Uint8Array): Promise<void> {
    if (!isStream) this.check(sender);
    const live = this.#live;
    const isItsOwn =
      live !== undefined && (isStream || (live.stream === undefined && isSamePublisher(sender, live.sender)));
    const own = isItsOwn ? live : this.#place(sender, undefined);
    own.lastAt = performance.now();
    own.frames++;
    await this.#handover.give(jpeg);
  }

  #end(connection: PublisherConnection, how: ConnectionEnd): void {
    this.#connections.delete(connection);
    const live = this.#live;
    if (live?.stream !== connection) return;
    const { frames } = live;
    // One picture is what a sender brings that comes back with the next.
    const mayReturn = how === "done" && frames === 1;
    this.#live = mayReturn ? { ...live, stream: undefined } : undefined;
    if (mayReturn) return;
    const silence = `sent no whole picture for ${this.#stallMs / 1000} s`;
    // Without its address: guests read it, also in placeholders.
    const text = `The sender ${how === "silent" ? silence : "has gone"}`;
    // Of those that never gave a picture the first is worth a word, not each that follows.
    if (frames > 0 || (how === "silent" && text !== this.#said)) this.#say(text);
  }

  #say(text: string): void {
    this.#said = text;
    this.#reader?.waiting?.(text);
  }
}
