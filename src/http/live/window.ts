import { DeliveryRate } from "../../abr/delivery-rate.ts";

/** For how long what is under way may keep the link busy, in milliseconds: so old is a picture at least that waits behind it. */
const WINDOW_MS = 250;

/** What may be under way before anything has arrived, in bytes. */
const FIRST_BYTES = 128 * 1024;

/** The most that is ever under way, in bytes, unless one picture is more: who lies about what has arrived fills no memory. */
const MAX_BYTES = 4 * 1024 * 1024;

/** So many of the last measurements of the way count: some were of a client that was busy, and the way may become longer. */
const RTTS_KEPT = 8;

/** So few bytes that wait are texts, and no picture. */
const TEXT_BYTES = 16 * 1024;

/** A second picture goes out before the first is acknowledged where one takes no longer than this, in milliseconds. */
const TAKES_LONG_MS = 100;

interface InFlight {
  readonly order: number;
  readonly bytes: number;
}

/**
 * What is under way on a connection and how much may be. Pictures have an order, and arrive in it: of one that has
 * arrived, all before it have, whatever their subscriptions acknowledge.
 */
export class SendWindow {
  readonly #rate = new DeliveryRate();
  readonly #frames: InFlight[] = [];
  #order = 0;
  #bytes = 0;
  readonly #rttsMs: number[] = [];
  /** The earliest moment at which what is under way can have begun to arrive. */
  #deliversFrom = 0;

  /** Bytes that have not arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the newest picture; 0 before the first. */
  get order(): number {
    return this.#order;
  }

  /** Bytes a second that the link carries; undefined before anything has arrived. */
  get bytesPerSecond(): number | undefined {
    return this.#rate.bytesPerSecond;
  }

  /** The shortest way to the client and back that was seen of late, in milliseconds; 0 before any was. */
  get rttMs(): number {
    return this.#rttsMs.length === 0 ? 0 : Math.min(...this.#rttsMs);
  }

  /** Whether a picture may go out, while `unwritten` bytes wait in our own memory. One always may when nothing is out. */
  hasRoom(bytes: number, unwritten: number): boolean {
    if (this.#bytes === 0 && unwritten < TEXT_BYTES) return true;
    return Math.max(this.#bytes, unwritten) + bytes <= this.#limit();
  }

  /** How long a picture keeps the link busy, in milliseconds; undefined before anything has arrived. */
  msFor(bytes: number): number | undefined {
    const rate = this.#rate.bytesPerSecond;
    return rate === undefined ? undefined : (bytes / rate) * 1000;
  }

  /** How many pictures of that size may be under way to a client that acknowledges one after `takesMs` milliseconds. */
  maxInFlight(bytes: number, takesMs: number): number {
    const onLinkMs = this.msFor(bytes) ?? Number.POSITIVE_INFINITY;
    // A client may need longer to show a picture than the link to carry it.
    const atClientMs = takesMs - this.rttMs;
    return Math.max(onLinkMs, atClientMs) <= Math.max(TAKES_LONG_MS, this.rttMs) ? 2 : 1;
  }

  /** A way there and back took so long, in milliseconds, with nothing else under way. */
  measuredRtt(rttMs: number): void {
    this.#rttsMs.push(rttMs);
    if (this.#rttsMs.length > RTTS_KEPT) this.#rttsMs.shift();
  }

  /** A picture goes out at `now`, in milliseconds of a clock that never goes back. Gives its order. */
  sent(bytes: number, now: number): number {
    if (this.#frames.length === 0) this.#deliversFrom = now + this.rttMs;
    this.#frames.push({ order: ++this.#order, bytes });
    this.#bytes += bytes;
    return this.#order;
  }

  /** The picture of this order, and all before it, have arrived at `now`. */
  delivered(order: number, now: number): void {
    let bytes = 0;
    while (this.#frames.length > 0 && (this.#frames[0] as InFlight).order <= order) {
      bytes += (this.#frames.shift() as InFlight).bytes;
    }
    if (bytes === 0) return;
    this.#bytes -= bytes;
    this.#rate.delivered(bytes, Math.max(0, now - this.#deliversFrom), now);
    this.#deliversFrom = Math.max(now, this.#deliversFrom);
  }

  /** The way itself holds some, besides what keeps the link busy. */
  #limit(): number {
    const rate = this.#rate.bytesPerSecond;
    if (rate === undefined) return FIRST_BYTES;
    return Math.min(MAX_BYTES, (rate * (WINDOW_MS + this.rttMs)) / 1000);
  }
}
