import type { Camera } from "../../core/camera.ts";
import { VariantLimitError } from "../../transform/encoders.ts";
import { variantKey } from "../../transform/variant-key.ts";
import { FeedSwitch } from "../streaming/feed-switch.ts";
import type { Part } from "../streaming/multipart.ts";
import type { Viewer } from "../streaming/viewer.ts";
import { InFlightFrames } from "./flights.ts";
import { frameHeader, HEADER_BYTES } from "./frame.ts";
import { RenditionSelector } from "./rungs.ts";
import type { LiveSender, ScheduledSubscription } from "./sender.ts";
import type { LiveClock } from "./server-clock.ts";
import type { LiveRendition, RenditionSources, SubscriptionRequest } from "./subscription-request.ts";

/** A size for the tile that has given nothing for so long, in milliseconds, is stood in for by what the query alone asks. */
const STAND_IN_MS = 2000;

/** How long a client may leave pictures unacknowledged before it is taken for one that does not look, in milliseconds. */
const REST_MS = 30_000;

export interface LiveSubscriptionOptions extends RenditionSources {
  readonly id: number;
  readonly sender: LiveSender;
  readonly clock: LiveClock;
  /** It is over by itself; `error` says why, as far as it is known. */
  readonly onEnd: (error: unknown) => void;
  /** After so long without an acknowledgement, in milliseconds, nothing is captured or encoded for it. @default 30000 */
  readonly restMs?: number | undefined;
}

/** One camera on a live connection: what it is to show, the one picture that waits, and what is not acknowledged. */
export class LiveSubscription implements ScheduledSubscription {
  readonly id: number;
  /** What was sent and acknowledged so far. */
  readonly flights = new InFlightFrames();
  readonly #options: LiveSubscriptionOptions;
  readonly #watch: FeedSwitch<LiveRendition>;
  #request: SubscriptionRequest;
  #viewer: Viewer;
  readonly #rungs: RenditionSelector;
  #waiting: Part | undefined;
  #number = 0;
  #isResting = false;
  /** True until there was a picture to tell what size suits the tile. */
  #isBlind = false;

  constructor(options: LiveSubscriptionOptions, request: SubscriptionRequest, viewer: Viewer) {
    this.id = options.id;
    this.#options = options;
    this.#request = request;
    this.#viewer = viewer;
    this.#rungs = new RenditionSelector(request, options, () => options.sender.window.rttMs);
    this.#watch = new FeedSwitch<LiveRendition>({
      network: viewer.network,
      // Where a size of ours cannot be made, the camera's own stands in, and not a placeholder that says so.
      takesPlaceholder: () => !this.#request.isStrict && !(this.camera.isOnline && this.#isSized),
      onPart: (part, isRepeat) => {
        // Nothing is repeated here: that all is well, the state says.
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

  /** The rung that it stands on; null where it does not adapt. */
  get rung(): number | null {
    return this.#rungs.rung;
  }

  /** Begins. Throws a VariantLimitError when what its query asks for is refused. */
  start(): void {
    this.#show();
    this.#choose();
  }

  /** Shows something else from now on; of another camera at once. Throws as `start` does. */
  change(request: SubscriptionRequest, viewer: Viewer): void {
    if (request.camera !== this.#request.camera) {
      this.#watch.forget();
      this.#waiting = undefined;
    }
    this.#request = request;
    this.#viewer = viewer;
    this.#isResting = false;
    this.#rungs.change(request);
    this.#show();
    this.#choose();
  }

  /** Looks at what no event tells; to be called about once a second. */
  look(now: number): void {
    const { silentSince = now } = this.flights;
    if (now - silentSince > (this.#options.restMs ?? REST_MS)) this.#rest();
    if (this.#isResting || this.#tryToChoose()) return;
    const { waitsSince = now } = this.#watch;
    if (now - waitsSince > STAND_IN_MS) this.#watch.meanwhile(this.#rungs.withoutTile());
  }

  /** Sends nothing more. */
  end(): void {
    this.#watch.leave();
    this.#waiting = undefined;
    this.#options.sender.leave(this);
  }

  get due(): number | undefined {
    const part = this.#waiting;
    if (part === undefined) return undefined;
    const bytes = HEADER_BYTES + part.jpeg.length;
    return this.flights.count < this.#mostFlights(bytes) ? bytes : undefined;
  }

  get wantsDeliveries(): boolean {
    return this.#rungs.rung !== null;
  }

  delivered(order: number): void {
    this.#rungs.delivered(order);
  }

  take(order: number): { header: Buffer; jpeg: Uint8Array } {
    const part = this.#waiting as Part;
    this.#waiting = undefined;
    const header = frameHeader(this.id, ++this.#number, part, this.camera.lastFrame?.seq ?? 0, this.#options.clock);
    const bytes = header.length + part.jpeg.length;
    const frame = { number: this.#number, order, bytes, ...this.#viewer.sending(part, bytes) };
    this.flights.sent(frame);
    this.#rungs.sent(frame);
    return { header, jpeg: part.jpeg };
  }

  /** The client has this picture and all before it. False when that says nothing new. */
  acknowledge(number: number): boolean {
    const has = this.flights.acknowledge(number);
    const newest = has.at(-1);
    if (newest === undefined) return false;
    this.#viewer.acknowledged(has, this.flights.oldest);
    if (this.#isResting) {
      this.#isResting = false;
      this.#tryToChoose();
    }
    this.#options.sender.delivered(newest.order);
    if (this.#waiting !== undefined) this.#options.sender.ready(this);
    return true;
  }

  #put(part: Part): void {
    // Now the camera's size is known, and with it what suits the tile.
    if (part.frame !== undefined && this.#isBlind && this.#tryToChoose({ atOnce: true })) return;
    if (this.#rungs.offered(part) && this.#tryToChoose() && this.#watch.wanted === undefined) return;
    this.#waiting = part;
    this.#options.sender.ready(this);
  }

  /** Has the viewer's status tell the rung. */
  #show(): void {
    const viewer = this.#viewer;
    const rungs = this.#rungs;
    viewer.adapts(() => ({
      rung: rungs.rung,
      rate: rungs.rate,
      lagMs: viewer.lagMs(performance.now()),
      variant: viewer.variant,
    }));
  }

  #mostFlights(bytes: number): number {
    return this.#options.sender.window.maxInFlight(bytes, this.flights.takesMs);
  }

  /** Watches what suits the request best. True when that is something else than before. */
  #choose(how?: { atOnce: boolean }): boolean {
    const before = this.#watch.wanted;
    this.#isBlind = this.camera.lastFrame === null;
    this.#watch.watch(this.#rungs.choose(), how);
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

  /** Whether what is watched is of another size than the query asks for. */
  get #isSized(): boolean {
    return this.#viewer.variant !== (variantKey(this.#request.spec) || null);
  }

  #endOfSource(error: unknown): void {
    try {
      // What was free when it was chosen was taken before it was opened. The next look chooses again.
      if (error instanceof VariantLimitError && this.#isSized) this.#watch.watch(this.#rungs.withoutTile());
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
