import { AbrController } from "../../abr/abr-controller.ts";
import type { LinkState } from "../../abr/link-estimator.ts";
import type { Ladder } from "../../transform/ladder.ts";
import type { Feeds } from "./feed.ts";
import { FeedSwitch, type Watched } from "./feed-switch.ts";
import type { Framing, Part } from "./multipart.ts";
import type { PartWriter } from "./part-writer.ts";
import { variantKeyOrNull } from "./transform-query.ts";
import type { Viewer } from "./viewer.ts";
import type { AdaptiveStatus } from "./viewer-status.ts";

export interface AdaptiveStreamOptions {
  readonly ladder: Ladder;
  readonly feeds: Feeds;
  readonly writer: PartWriter;
  readonly framing: Framing;
  readonly viewer: Viewer;
  /** How the viewer's link stands now. */
  readonly linkState: () => LinkState;
  /** How old pictures may get on their way, in milliseconds. */
  readonly maxLatencyMs: number;
}

interface RungWatched extends Watched {
  readonly rung: number;
}

/**
 * How soon after a picture was sent it is seen how much of it was taken, and how often then at least, in milliseconds. Between these
 * a look comes after as long again as the picture has been under way, so that how long it took is known to a factor of two: of one that was seen
 * every 8 ms only, a link could not be told that carries more than a small picture in 8 ms, and a stream never came back to large ones.
 */
const FIRST_LOOK_MS = 2;
const LOOK_MS = 8;

/** How long all must have gone well until nothing is looked at between pictures, in milliseconds. */
const CALM_AFTER_MS = 1000;

/**
 * One viewer's stream that adapts to its link: what comes is held back until the link can take it, the newest winning, and comes
 * from the rung of the ladder that the link carries.
 */
export class AdaptiveStream {
  readonly #options: AdaptiveStreamOptions;
  readonly #controller: AbrController;
  readonly #switch: FeedSwitch<RungWatched>;
  #held: Part | undefined;
  #newestSeq = -1;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #waitedAt = performance.now();

  constructor(options: AdaptiveStreamOptions) {
    const { ladder, viewer, writer, maxLatencyMs } = options;
    this.#options = options;
    this.#controller = new AbrController({
      bytesAt: (rung) => ladder.bytesAt(rung),
      sourceFps: () => ladder.fps,
      maxLatencyMs,
    });
    this.#switch = new FeedSwitch<RungWatched>({
      network: writer.network,
      takesPlaceholder: (isSizeGuessed) => writer.takesPlaceholder(isSizeGuessed),
      onPart: (part) => this.#put(part),
      onSwitched: () => viewer.resetNumbering(),
      onEnd: (watched) => this.#end(watched),
    });
    viewer.adapts(() => this.#status());
  }

  start(): void {
    this.#watch(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held = undefined;
    this.#switch.leave();
  }

  /** The rung whose pictures come. */
  get #rung(): number {
    return this.#switch.shown?.rung ?? 0;
  }

  #put(part: Part): void {
    const now = performance.now();
    if (this.#timer === undefined) {
      this.#look(now);
      if (this.#controller.waitingAt(now) > 0) this.#waitedAt = now;
    }
    if (isNews(part, this.#newestSeq)) this.#controller.offered(now);
    this.#held = part;
    this.#send(now);
    if (this.#held !== undefined && this.#timer === undefined) this.#lookIn(FIRST_LOOK_MS);
    const rung = this.#controller.decide(now);
    if (rung !== this.#switch.wanted?.rung) this.#watch(rung);
  }

  /** Goes over to a rung; where there is no room for it, stays on the one there is. */
  #watch(rung: number): void {
    try {
      this.#switch.watch({ rung, feed: this.#options.feeds.of(this.#options.ladder.renditionAt(rung)) });
    } catch {
      this.#controller.refused(rung, this.#rung, performance.now());
    }
  }

  /** A rung that was refused after all leaves the one that is shown; with that the camera has ended. */
  #end({ rung }: RungWatched): void {
    if (this.#switch.shown !== undefined) {
      this.#controller.refused(rung, this.#rung, performance.now());
      return;
    }
    this.stop();
    this.#options.writer.close();
  }

  #status(): AdaptiveStatus {
    const rung = this.#rung;
    const variant = variantKeyOrNull(this.#options.ladder.specAt(rung));
    return { ...this.#controller.status(performance.now()), rung, variant };
  }

  /** Sends what is held, if it may go now. */
  #send(now: number): void {
    const { writer, framing } = this.#options;
    const part = this.#held;
    if (part === undefined || writer.isWriting || !this.#controller.isReady(now, part[framing].length)) return;
    this.#held = undefined;
    // A repeated picture, or the first after a pause, is older than its way is long.
    const { frame } = part;
    const ageMs = frame !== undefined && isNews(part, this.#newestSeq) && this.#newestSeq >= 0 ? now - frame.at : 0;
    if (frame !== undefined) this.#newestSeq = frame.seq;
    this.#controller.sent(now, part[framing].length, Math.max(0, ageMs));
    writer.put(part);
    this.#sentAt = now;
    const isCalm = this.#controller.rung === 0 && now - this.#waitedAt > CALM_AFTER_MS;
    if (isCalm) return;
    this.#look(now);
    this.#lookIn(FIRST_LOOK_MS);
  }

  #look(now: number): void {
    this.#controller.sample(now, this.#options.linkState());
  }

  #nextLookMs(now: number): number {
    return Math.min(LOOK_MS, Math.max(FIRST_LOOK_MS, now - this.#sentAt));
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now();
      this.#look(now);
      this.#send(now);
      const isWaiting = this.#controller.waitingAt(now) > 0;
      if (isWaiting) this.#waitedAt = now;
      if (this.#timer === undefined && (isWaiting || this.#held !== undefined)) this.#lookIn(this.#nextLookMs(now));
    }, ms);
  }
}

function isNews({ frame }: Part, newestSeq: number): boolean {
  return frame !== undefined && frame.seq > newestSeq;
}
