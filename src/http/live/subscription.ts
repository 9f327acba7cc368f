import type { Camera } from "../../core/camera.ts";
import { VariantLimitError } from "../../transform/encoders.ts";
import { variantKey } from "../../transform/variant-key.ts";
import { FeedSwitch } from "../streaming/feed-switch.ts";
import type { Part } from "../streaming/multipart.ts";
import type { Viewer } from "../streaming/viewer.ts";
import type { InFlightFrame } from "./in-flight-ledger.ts";
import { FRAME_HEADER_BYTES, frameHeader } from "./protocol.ts";
import type { FrameMessage, LiveSender, ScheduledSubscription } from "./sender.ts";
import type { LiveClock } from "./server-clock.ts";
import { SubscriptionRendition } from "./subscription-rendition.ts";
import type { LiveRendition, RenditionSources, SubscriptionRequest } from "./subscription-request.ts";

/** Then the query's own size stands in. */
const STAND_IN_MS = 2000;

/** Without acknowledgements for this long, the camera rests. */
const REST_MS = 30_000;

export interface LiveSubscriptionOptions extends RenditionSources {
  readonly id: number;
  readonly sender: LiveSender;
  readonly clock: LiveClock;
  /** `error` says why, if known. */
  readonly onEnd: (error: unknown) => void;
  /** @default 30000 */
  readonly restMs?: number | undefined;
}

/** Runs one camera of a live connection: its rendition, the waiting frame, and those in flight. */
export class LiveSubscription implements ScheduledSubscription {
  readonly id: number;
  readonly #options: LiveSubscriptionOptions;
  readonly #watch: FeedSwitch<LiveRendition>;
  readonly #rendition: SubscriptionRendition;
  #request: SubscriptionRequest;
  #viewer: Viewer;
  #waiting: Part | undefined;
  #number = 0;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;
  /** Since its sending, or the acknowledgement before. */
  #takesMs = 0;
  #isResting = false;
  #isBlind = false;

  constructor(options: LiveSubscriptionOptions, request: SubscriptionRequest, viewer: Viewer) {
    this.id = options.id;
    this.#options = options;
    this.#request = request;
    this.#viewer = viewer;
    const { feeds, variants, sender } = options;
    this.#rendition = new SubscriptionRendition(request, { feeds, variants, owner: this, window: sender.window });
    this.#watch = new FeedSwitch<LiveRendition>({
      network: viewer.network,
      // If the tile's size cannot be made, the camera's own stands in, not a placeholder.
      takesPlaceholder: () => !this.#request.isStrict && !(this.camera.isOnline && this.#isSized),
      onPart: (part, isRepeat) => {
        // The state tells that all is well, so nothing is repeated.
        if (!isRepeat) this.#put(part);
      },
      onSwitched: () => this.#viewer.resetNumbering(),
      onEnd: (_watched, failure) => this.#endOfSource(failure?.error),
    });
  }

  get camera(): Camera {
    return this.#request.camera;
  }

  get viewer(): Viewer {
    return this.#viewer;
  }

  get rung(): number | null {
    return this.#rendition.rung;
  }

  /** @throws VariantLimitError if its query is refused. */
  start(): void {
    this.#rendition.reportTo(this.#viewer);
    this.#choose();
  }

  /** Shows another camera at once. Throws as `start` does. */
  change(request: SubscriptionRequest, viewer: Viewer): void {
    if (request.camera !== this.#request.camera) {
      this.#watch.forget();
      this.#waiting = undefined;
    }
    this.#request = request;
    this.#viewer = viewer;
    this.#isResting = false;
    this.#rendition.change(request);
    this.#rendition.reportTo(this.#viewer);
    this.#choose();
  }

  /** Checks what no event reports; call it about once a second. */
  check(now: number): void {
    const [oldest] = this.#unacknowledged;
    const silentMs = oldest === undefined ? 0 : now - Math.max(oldest.at, this.#acknowledgedAt);
    if (silentMs > (this.#options.restMs ?? REST_MS)) this.#rest();
    if (this.#isResting || this.#tryToChoose()) return;
    const { waitsSince = now } = this.#watch;
    if (now - waitsSince > STAND_IN_MS) this.#watch.meanwhile(this.#rendition.withoutTile());
  }

  end(): void {
    this.#watch.leave();
    this.#waiting = undefined;
    this.#options.sender.leave(this);
  }

  get due(): number | undefined {
    const part = this.#waiting;
    if (part === undefined) return undefined;
    const bytes = FRAME_HEADER_BYTES + part.jpeg.length;
    const max = this.#options.sender.window.maxInFlight(bytes, this.#takesMs);
    return this.#unacknowledged.length < max ? bytes : undefined;
  }

  get wantsDeliveries(): boolean {
    return this.rung !== null;
  }

  delivered(frames: readonly InFlightFrame[]): void {
    this.#rendition.delivered(frames);
  }

  take(): FrameMessage {
    const part = this.#waiting as Part;
    this.#waiting = undefined;
    const header = frameHeader(this.id, ++this.#number, part, this.camera.lastFrame?.seq ?? 0, this.#options.clock);
    const bytes = header.length + part.jpeg.length;
    const frame = { number: this.#number, bytes, ...this.#viewer.sending(part, bytes) };
    this.#rendition.sending(frame);
    return { header, jpeg: part.jpeg, frame };
  }

  /** Returns false if that is no news. */
  acknowledge(number: number): boolean {
    const { sender } = this.#options;
    const frames = sender.window.ledger.acknowledge(this, number);
    const newest = frames.at(-1);
    if (newest === undefined) return false;
    const now = performance.now();
    this.#takesMs = now - Math.max(newest.at, this.#acknowledgedAt);
    this.#acknowledgedAt = now;
    this.#viewer.acknowledged(frames, this.#unacknowledged[0]);
    if (this.#isResting) {
      this.#isResting = false;
      this.#tryToChoose();
    }
    sender.delivered(newest.order);
    if (this.#waiting !== undefined) sender.ready(this);
    return true;
  }

  get #unacknowledged(): readonly InFlightFrame[] {
    return this.#options.sender.window.ledger.unacknowledged(this);
  }

  #put(part: Part): void {
    // Now the camera's size is known, and with it the tile's.
    if (part.frame !== undefined && this.#isBlind && this.#tryToChoose({ atOnce: true })) return;
    if (this.#rendition.offered(part) && this.#tryToChoose() && this.#watch.wanted === undefined) return;
    this.#waiting = part;
    this.#options.sender.ready(this);
  }

  /** Returns true if the rendition changed. */
  #choose(how?: { atOnce: boolean }): boolean {
    const before = this.#watch.wanted;
    this.#isBlind = this.camera.lastFrame === null;
    this.#watch.watch(this.#rendition.choose(), how);
    const { wanted } = this.#watch;
    this.#viewer.variant = wanted?.key ?? null;
    return before !== undefined && wanted?.feed !== before.feed;
  }

  #tryToChoose(how?: { atOnce: boolean }): boolean {
    try {
      return this.#choose(how);
    } catch (refused) {
      this.#options.onEnd(refused);
      return true;
    }
  }

  get #isSized(): boolean {
    return this.#viewer.variant !== (variantKey(this.#request.spec) || null);
  }

  #endOfSource(error: unknown): void {
    try {
      // The transform's slot was taken before it was opened; the next check chooses again.
      if (error instanceof VariantLimitError && this.#isSized) this.#watch.watch(this.#rendition.withoutTile());
      else this.#options.onEnd(error);
    } catch (refused) {
      this.#options.onEnd(refused);
    }
  }

  #rest(): void {
    this.#isResting = true;
    this.#waiting = undefined;
    this.#watch.leave();
  }
}
