import type { LinkState } from "../../abr/link-estimator.ts";
import { RenditionSelector } from "../../abr/rendition-selector.ts";
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
  readonly linkState: () => LinkState;
  readonly maxLatencyMs: number;
}

interface WatchedRung extends Watched {
  readonly rung: number;
}

/**
 * When the link is sampled: first this long after a frame was sent, then at doubled times, so that
 * the frame's time is known to a factor of two. Sampled every 8 ms only, streams never came back to
 * large frames.
 */
const FIRST_SAMPLE_MS = 2;
const SAMPLE_MS = 8;

/** After this long without waiting bytes, the link is not sampled between frames. */
const CALM_AFTER_MS = 1000;

/**
 * Sends one viewer a stream that adapts to its link: holds the newest part back until the link can
 * take it.
 */
export class AdaptiveStream {
  readonly #options: AdaptiveStreamOptions;
  readonly #selector: RenditionSelector;
  readonly #switch: FeedSwitch<WatchedRung>;
  #held: Part | undefined;
  #sentSeq = -1;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #waitedAt = performance.now();

  constructor(options: AdaptiveStreamOptions) {
    const { ladder, viewer, writer, maxLatencyMs } = options;
    this.#options = options;
    this.#selector = new RenditionSelector(ladder, { maxLatencyMs });
    this.#switch = new FeedSwitch<WatchedRung>({
      network: writer.network,
      takesPlaceholder: (isSizeGuessed) => writer.takesPlaceholder(isSizeGuessed),
      onPart: (part) => this.#put(part),
      onSwitched: () => viewer.resetNumbering(),
      onEnd: (watched) => this.#onEnd(watched),
    });
    viewer.adapts(() => this.#status());
  }

  start(): void {
    this.#watch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held = undefined;
    this.#switch.leave();
  }

  get #rung(): number {
    return this.#switch.shown?.rung ?? 0;
  }

  #put(part: Part): void {
    const now = performance.now();
    if (this.#timer === undefined) {
      this.#sample(now);
      if (this.#selector.waitingAt(now) > 0) this.#waitedAt = now;
    }
    this.#selector.offered(part.frame?.seq, now);
    this.#held = part;
    this.#send(now);
    if (this.#held !== undefined && this.#timer === undefined) this.#sampleIn(FIRST_SAMPLE_MS);
    this.#selector.decide(now);
    if (this.#selector.rung !== this.#switch.wanted?.rung) this.#watch();
  }

  /** Stays on the rung that is shown if there is no room for another. */
  #watch(): void {
    const now = performance.now();
    try {
      const { rung, rendition } = this.#selector.select(now, this.#rung);
      this.#switch.watch({ rung, feed: this.#options.feeds.of(rendition) });
    } catch {
      this.#selector.refused(this.#selector.rung, this.#rung, now);
    }
  }

  /** If a rung was refused, the shown one goes on; else the camera has ended. */
  #onEnd({ rung }: WatchedRung): void {
    if (this.#switch.shown !== undefined) {
      this.#selector.refused(rung, this.#rung, performance.now());
      return;
    }
    this.stop();
    this.#options.writer.close();
  }

  #status(): AdaptiveStatus {
    const rung = this.#rung;
    const variant = variantKeyOrNull(this.#options.ladder.specAt(rung));
    return { ...this.#selector.status(performance.now()), rung, variant };
  }

  #send(now: number): void {
    const { writer, framing } = this.#options;
    const part = this.#held;
    if (part === undefined || writer.isWriting || !this.#selector.isReady(now, part[framing].length)) return;
    this.#held = undefined;
    const { frame } = part;
    // A repeat, and the first frame of all, is older than its way is long.
    const isNews = frame !== undefined && frame.seq > this.#sentSeq && this.#sentSeq >= 0;
    const ageMs = isNews ? now - frame.at : 0;
    if (frame !== undefined) this.#sentSeq = frame.seq;
    this.#selector.sent(now, part[framing].length, Math.max(0, ageMs));
    writer.put(part);
    this.#sentAt = now;
    const isCalm = this.#selector.rung === 0 && now - this.#waitedAt > CALM_AFTER_MS;
    if (isCalm) return;
    this.#sample(now);
    this.#sampleIn(FIRST_SAMPLE_MS);
  }

  #sample(now: number): void {
    this.#selector.sample(now, this.#options.linkState());
  }

  #nextSampleMs(now: number): number {
    return Math.min(SAMPLE_MS, Math.max(FIRST_SAMPLE_MS, now - this.#sentAt));
  }

  #sampleIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now();
      this.#sample(now);
      this.#send(now);
      const isWaiting = this.#selector.waitingAt(now) > 0;
      if (isWaiting) this.#waitedAt = now;
      if (this.#timer === undefined && (isWaiting || this.#held !== undefined)) this.#sampleIn(this.#nextSampleMs(now));
    }, ms);
  }
}
