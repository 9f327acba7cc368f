import { Broadcast } from "./broadcast.ts";
import type { CameraEvent, CameraParts } from "./camera-parts.ts";
import type { CameraState, CameraStatus } from "./camera-status.ts";
import { epochNow } from "./clock.ts";
import type { CameraControls } from "./controls.ts";
import { describeError } from "./errors.ts";
import type { Frame, FrameSource } from "./frame.ts";
import { Listeners } from "./listeners.ts";
import { mend, type Picture } from "./mend.ts";
import { RateMeter } from "./rate.ts";
import { supervise } from "./supervise.ts";

/** A configured, named thing to watch: a driver, shared by its viewers and reopened when it fails. */
export class Camera implements FrameSource {
  readonly name: string;
  readonly title: string;
  readonly stallMs: number;
  /** What can be set on it; undefined where its driver has nothing. */
  readonly controls: CameraControls | undefined;
  /** Whether its streams adapt to their links where nobody says otherwise. */
  readonly adapts: boolean;
  /** Tells of each state that it enters. */
  readonly changes = new Listeners();
  readonly #parts: CameraParts;
  readonly #broadcast: Broadcast<Frame>;
  readonly #lifetime = new AbortController();
  readonly #rate = new RateMeter();
  #state: CameraState = "idle";
  #watchedSince = 0;
  #seq = 0;
  #repaired = 0;
  /** The number of the first picture since the driver was last opened. */
  #firstSeq = 0;
  #dropped = 0;
  #restarts = 0;
  #size: { width: number; height: number } | undefined;
  #lastError: { message: string; at: number } | null = null;
  #lastFrame: Frame | null = null;
  #nextTryAt: number | null = null;
  #note: string | null = null;
  #waitingFor: string | null = null;
  #silence: NodeJS.Timeout | undefined;

  constructor(parts: CameraParts) {
    this.name = parts.name;
    this.title = parts.title;
    this.stallMs = parts.stallMs;
    this.controls = parts.controls;
    this.adapts = parts.adapts ?? false;
    this.#parts = parts;
    this.#broadcast = new Broadcast((signal) => this.#frames(signal), { lingerMs: parts.lingerMs });
  }

  /** Opens a camera that is always on; others wait for a viewer. */
  start(): void {
    if (this.#parts.always) this.#broadcast.subscribe(this.#lifetime.signal);
  }

  subscribe(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#broadcast.subscribe(signal);
  }

  /** Ends every subscription; resolves once the driver has released what it held. */
  async close(): Promise<void> {
    this.#lifetime.abort();
    await this.#broadcast.close();
  }

  /** True while somebody watches and no frame has come for the stall time. */
  get overdue(): boolean {
    if (this.#broadcast.size === 0) return false;
    return epochNow() - this.#silentSince > this.stallMs;
  }

  /** True while pictures come. */
  get online(): boolean {
    return this.#state === "live";
  }

  /** True from its opening until it has given a picture or failed. */
  get isStarting(): boolean {
    return this.#state === "starting";
  }

  /**
   * The newest frame there ever was; null before the first. It is kept while nobody watches too: one picture is what it
   * takes to show later what was last seen.
   */
  get lastFrame(): Frame | null {
    return this.#lastFrame;
  }

  /**
   * How many pictures came before this one since the driver was last opened: a camera takes a few to find its exposure.
   * Below 0 for one of before that.
   */
  picturesBefore({ seq }: Frame): number {
    return seq - this.#firstSeq;
  }

  /** Pictures captured a second, over the last moments. */
  get fps(): number {
    return this.#rate.rate(performance.now());
  }

  status(): CameraStatus {
    const { name, title, driver } = this.#parts;
    return {
      name,
      title,
      driver,
      state: this.#state,
      online: this.online,
      width: this.#size?.width ?? null,
      height: this.#size?.height ?? null,
      fps: Math.round(this.fps * 10) / 10,
      frames: this.#seq,
      repaired: this.#repaired,
      dropped: this.#dropped,
      restarts: this.#restarts,
      lastError: this.#lastError,
      lastFrameAt: this.#lastFrame?.capturedAt ?? null,
      offlineSince: this.#state === "starting" || this.#state === "retrying" ? this.#silentSince : null,
      nextTryAt: this.#nextTryAt,
      note: this.#note,
      waitingFor: this.#waitingFor,
    };
  }

  /** The whole life of the camera from its first viewer to its release. */
  async *#frames(signal: AbortSignal): AsyncGenerator<Frame, undefined> {
    const { open, repair, stallMs, pauses, messages, listens = false } = this.#parts;
    const dropped = (reason: string) => this.#countDropped(reason);
    const given = {
      dropped,
      note: (text: string) => this.#takeNote(text),
      waiting: (text: string) => this.#wait(text),
      ...(messages && { messages }),
    };
    this.#watchedSince = epochNow();
    this.#enter("starting", { kind: "opened" });
    try {
      const run = (runSignal: AbortSignal) => {
        this.#nextTryAt = null;
        this.#firstSeq = this.#seq;
        // Mended under supervision: a camera of which nothing can be shown has stalled.
        return mend(open({ signal: runSignal, ...given }), repair, dropped);
      };
      const onFailure = (error: Error, pauseMs: number) => this.#fail(error, pauseMs);
      const options = { stallMs: listens ? undefined : stallMs, ...pauses, onFailure };
      for await (const picture of supervise(run, signal, options)) yield this.#frame(picture);
    } finally {
      this.#nextTryAt = null;
      this.#stopWaiting();
      this.#enter("idle", { kind: "released" });
    }
  }

  #frame({ jpeg, width, height, repaired }: Picture): Frame {
    const capturedAt = epochNow();
    this.#size = { width, height };
    if (repaired) this.#repaired++;
    this.#rate.tick(performance.now());
    if (this.#parts.listens) this.#expectMore();
    if (this.#state !== "live") this.#enter("live", { kind: "live" });
    this.#lastFrame = { jpeg, seq: this.#seq++, capturedAt };
    return this.#lastFrame;
  }

  /** When the last picture came since it was opened, or else when it was opened. */
  get #silentSince(): number {
    return Math.max(this.#lastFrame?.capturedAt ?? 0, this.#watchedSince);
  }

  /** Whoever sent may fall silent without a word. */
  #expectMore(): void {
    this.#waitingFor = null;
    const { stallMs } = this.#parts;
    this.#silence ??= setTimeout(() => this.#wait(`No picture came for ${stallMs / 1000} s`), stallMs);
    this.#silence.refresh();
  }

  #wait(text: string): void {
    this.#stopWaiting();
    this.#waitingFor = text;
    this.#enter("starting", { kind: "waiting", text });
  }

  #stopWaiting(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#waitingFor = null;
  }

  #fail(error: Error, pauseMs: number): void {
    this.#stopWaiting();
    const message = describeError(error);
    this.#restarts++;
    this.#lastError = { message, at: Date.now() };
    this.#nextTryAt = Date.now() + pauseMs;
    this.#enter("retrying", { kind: "failed", message, pauseMs });
  }

  #countDropped(reason: string): void {
    this.#dropped++;
    this.#parts.onEvent?.({ kind: "dropped", reason });
  }

  #takeNote(text: string): void {
    this.#note = text;
    this.#parts.onEvent?.({ kind: "note", text });
  }

  #enter(state: CameraState, event: CameraEvent): void {
    this.#state = state;
    this.#parts.onEvent?.(event);
    this.changes.tell();
  }
}
