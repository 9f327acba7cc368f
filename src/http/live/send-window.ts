import { DeliveryRate } from "../../abr/delivery-rate.ts";
import { type InFlightFrame, InFlightLedger, type OutgoingFrame } from "./in-flight-ledger.ts";

/** A new frame waits this long behind the frames in flight. */
const WINDOW_MS = 250;

const FIRST_BYTES = 128 * 1024;

/** The largest window, unless one frame is larger: false acknowledgements must not fill memory. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Some are of a busy client, and the rtt may grow. */
const RTTS_KEPT = 8;

/** Fewer waiting bytes than this are texts, not a frame. */
const TEXT_BYTES = 16 * 1024;

/** A second frame goes out before the first is acknowledged if one takes no longer. */
const TAKES_LONG_MS = 100;

/** Decides how many bytes may be in flight on one connection. Times are of a monotonic clock. */
export class SendWindow {
  readonly ledger = new InFlightLedger();
  readonly #rate = new DeliveryRate();
  readonly #rttsMs: number[] = [];
  #deliversFrom = 0;

  get bytesPerSecond(): number | undefined {
    return this.#rate.bytesPerSecond;
  }

  /** The shortest recent one; 0 before the first. */
  get rttMs(): number {
    return this.#rttsMs.length === 0 ? 0 : Math.min(...this.#rttsMs);
  }

  /** Always true if nothing is in flight. @param unwritten bytes in our own memory. */
  hasRoom(bytes: number, unwritten: number): boolean {
    if (this.ledger.bytes === 0 && unwritten < TEXT_BYTES) return true;
    return Math.max(this.ledger.bytes, unwritten) + bytes <= this.#limit();
  }

  /** Undefined before the first delivery. */
  msFor(bytes: number): number | undefined {
    const rate = this.#rate.bytesPerSecond;
    return rate === undefined ? undefined : (bytes / rate) * 1000;
  }

  /** Returns how many messages may be in flight to a client that acknowledges one in `takesMs`. */
  maxInFlight(bytes: number, takesMs: number): number {
    const onLinkMs = this.msFor(bytes) ?? Number.POSITIVE_INFINITY;
    // A client may take longer to show a frame than the link to carry it.
    const atClientMs = takesMs - this.rttMs;
    return Math.max(onLinkMs, atClientMs) <= Math.max(TAKES_LONG_MS, this.rttMs) ? 2 : 1;
  }

  /** Takes an rtt measured while nothing else was in flight. */
  measuredRtt(rttMs: number): void {
    this.#rttsMs.push(rttMs);
    if (this.#rttsMs.length > RTTS_KEPT) this.#rttsMs.shift();
  }

  /** Returns the frame's order. */
  sent(owner: object, frame: OutgoingFrame): number {
    if (this.ledger.bytes === 0) this.#deliversFrom = frame.at + this.rttMs;
    return this.ledger.add(owner, frame);
  }

  /** Returns the frames that arrived now. */
  delivered(order: number, now: number): readonly InFlightFrame[] {
    const frames = this.ledger.deliver(order);
    if (frames.length === 0) return frames;
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
    this.#rate.delivered(bytes, Math.max(0, now - this.#deliversFrom), now);
    this.#deliversFrom = Math.max(now, this.#deliversFrom);
    return frames;
  }

  /** The link itself holds the bytes of one rtt, too. */
  #limit(): number {
    const rate = this.#rate.bytesPerSecond;
    if (rate === undefined) return FIRST_BYTES;
    return Math.min(MAX_BYTES, (rate * (WINDOW_MS + this.rttMs)) / 1000);
  }
}
