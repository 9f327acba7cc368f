import { DeliveryRate } from "../../abr/delivery-rate.ts";
import { type InFlightFrame, InFlightLedger, type OutgoingFrame } from "./in-flight-ledger.ts";

/**
 * How long the frames in flight may keep the link busy: so old is a frame that waits behind them.
 */
const WINDOW_MS = 250;

/** The window in bytes before the first delivery. */
const FIRST_BYTES = 128 * 1024;

/** The largest window, unless one frame is larger: false acknowledgements must not fill memory. */
const MAX_BYTES = 4 * 1024 * 1024;

/** How many rtts are kept. Some are of a busy client, and the rtt may grow. */
const RTTS_KEPT = 8;

/** Fewer waiting bytes than this are texts, not a frame. */
const TEXT_BYTES = 16 * 1024;

/** A second frame goes out before the first is acknowledged if one takes no longer than this. */
const TAKES_LONG_MS = 100;

/**
 * Decides how many bytes may be in flight on one connection. Times are of a monotonic clock.
 *
 * Measures the whole connection by a `DeliveryRate`; a `LinkEstimator` measures the share of one
 * subscription.
 */
export class SendWindow {
  readonly ledger = new InFlightLedger();
  readonly #rate = new DeliveryRate();
  readonly #rttsMs: number[] = [];
  /** The earliest moment at which the frames in flight can have begun to arrive. */
  #deliversFrom = 0;

  /** Undefined before the first delivery. */
  get bytesPerSecond(): number | undefined {
    return this.#rate.bytesPerSecond;
  }

  /** The shortest recent rtt; 0 before the first. */
  get rttMs(): number {
    return this.#rttsMs.length === 0 ? 0 : Math.min(...this.#rttsMs);
  }

  /**
   * Returns whether a message of `bytes` may go out; always if nothing is in flight.
   * @param unwritten bytes that wait in our own memory.
   */
  hasRoom(bytes: number, unwritten: number): boolean {
    if (this.ledger.bytes === 0 && unwritten < TEXT_BYTES) return true;
    return Math.max(this.ledger.bytes, unwritten) + bytes <= this.#limit();
  }

  /** Returns how long a message keeps the link busy; undefined before the first delivery. */
  msFor(bytes: number): number | undefined {
    const rate = this.#rate.bytesPerSecond;
    return rate === undefined ? undefined : (bytes / rate) * 1000;
  }

  /**
   * Returns how many messages of `bytes` may be in flight to a client that takes `takesMs` to
   * acknowledge one.
   */
  maxInFlight(bytes: number, takesMs: number): number {
    const onLinkMs = this.msFor(bytes) ?? Number.POSITIVE_INFINITY;
    // A client may take longer to show a frame than the link to carry it.
    const atClientMs = takesMs - this.rttMs;
    return Math.max(onLinkMs, atClientMs) <= Math.max(TAKES_LONG_MS, this.rttMs) ? 2 : 1;
  }

  /** Takes in a round trip that was measured while nothing else was in flight. */
  measuredRtt(rttMs: number): void {
    this.#rttsMs.push(rttMs);
    if (this.#rttsMs.length > RTTS_KEPT) this.#rttsMs.shift();
  }

  /** Notes that a subscription sends a frame. Returns its order. */
  sent(owner: object, frame: OutgoingFrame): number {
    if (this.ledger.bytes === 0) this.#deliversFrom = frame.at + this.rttMs;
    return this.ledger.add(owner, frame);
  }

  /**
   * Notes that the frame of this order, and all before it, have arrived. Returns those that arrived
   * now.
   */
  delivered(order: number, now: number): readonly InFlightFrame[] {
    const frames = this.ledger.deliver(order);
    if (frames.length === 0) return frames;
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
    this.#rate.delivered(bytes, Math.max(0, now - this.#deliversFrom), now);
    this.#deliversFrom = Math.max(now, this.#deliversFrom);
    return frames;
  }

  /** The link itself holds the bytes of one rtt, and also those that keep it busy. */
  #limit(): number {
    const rate = this.#rate.bytesPerSecond;
    if (rate === undefined) return FIRST_BYTES;
    return Math.min(MAX_BYTES, (rate * (WINDOW_MS + this.rttMs)) / 1000);
  }
}
