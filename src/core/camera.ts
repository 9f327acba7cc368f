import { epochOf } from "../util/clock.ts";
import { describeError } from "../util/errors.ts";
import { Notifier } from "../util/notifier.ts";
import { Broadcast } from "./broadcast.ts";
import type { CameraEvent, CameraOptions } from "./camera-options.ts";
import { CameraStats } from "./camera-stats.ts";
import type { CameraState, CameraStatus } from "./camera-status.ts";
import type { CameraControls } from "./controls.ts";
import type { Frame, FrameSource } from "./frame.ts";
import { SilenceTimer } from "./silence-timer.ts";
import { supervise } from "./supervise.ts";
import { type ValidFrame, validateFrames } from "./validate-frames.ts";

/** A configured, named thing to watch: a driver, shared by its viewers and reopened when it fails. */
export class Camera implements FrameSource {
  readonly name: string;
  /** Tells of each state that it enters, and of each change to what it is made of. */
  readonly changes = new Notifier();
  #parts: CameraOptions;
  readonly #broadcast: Broadcast<Frame>;
  /** Keeps a camera open that is always on. */
  #hold: AbortController | undefined;
  /** Runs of its driver that did not stop. */
  readonly #abandoned = new Set<Promise<void>>();
  readonly #record = new CameraStats();
  readonly #waiting = new SilenceTimer();
  #state: CameraState = "idle";

  constructor(parts: CameraOptions) {
    this.name = parts.name;
    this.#parts = parts;
    this.#broadcast = new Broadcast((signal) => this.#frames(signal), { lingerMs: parts.lingerMs });
  }

  get title(): string {
    return this.#parts.title;
  }

  get stallMs(): number {
    return this.#parts.stallMs;
  }

  /** What can be set on it; undefined where its driver has nothing. */
  get controls(): CameraControls | undefined {
    return this.#parts.controls;
  }

  /** Whether its streams adapt to their links where nobody says otherwise. */
  get isAdaptive(): boolean {
    return this.#parts.isAdaptive ?? false;
  }

  /** Opens a camera that is always on; others wait for a viewer. */
  start(): void {
    const { isAlwaysOn: always } = this.#parts;
    if (always === (this.#hold !== undefined)) return;
    this.#hold?.abort();
    this.#hold = always ? new AbortController() : undefined;
    if (this.#hold !== undefined) this.#broadcast.subscribe(this.#hold.signal);
  }

  /** Releases what its driver holds, and opens nothing until `resume`; who watches stays. Resolves once it is released. */
  async pause(): Promise<void> {
    await this.#broadcast.pause();
  }

  resume(): void {
    this.#broadcast.resume();
  }

  /**
   * Is made of these parts instead from now on, and goes on with the others. Another `open` is for a camera that is
   * paused: it is what it opens next, and what was seen by the one before is forgotten.
   */
  change(parts: Partial<Omit<CameraOptions, "name">>): void {
    this.#parts = { ...this.#parts, ...parts };
    this.#broadcast.lingerMs = this.#parts.lingerMs;
    if (parts.open !== undefined) this.#record.forget();
    this.start();
    this.changes.tell();
  }

  subscribe(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#broadcast.subscribe(signal);
  }

  /** Ends every subscription, for good; resolves once the driver has released what it held. */
  async close(): Promise<void> {
    this.#hold?.abort();
    await this.#broadcast.close();
  }

  /**
   * True while the camera is watched and no frame has come for the stall time. Where it listens for publishers, keeping it
   * open is not to watch it: nobody has to send.
   */
  get isOverdue(): boolean {
    const own = this.#parts.isListening === true && this.#hold !== undefined ? 1 : 0;
    return this.#broadcast.size > own && this.isSilent;
  }

  /** True while the camera is open and no frame has come for the stall time. */
  get isSilent(): boolean {
    return this.#broadcast.size > 0 && performance.now() - this.#record.silentSince > this.stallMs;
  }

  /** True while pictures come. */
  get isOnline(): boolean {
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
    return this.#record.lastFrame;
  }

  /**
   * How many pictures came before this one since the driver was last opened: a camera takes a few to find its exposure.
   * Below 0 for one of before that.
   */
  framesBefore(frame: Frame): number {
    return this.#record.framesBefore(frame);
  }

  /** In how long it is opened again, in milliseconds; null unless it waits for that. */
  get nextTryInMs(): number | null {
    return this.#record.nextTryInMs;
  }

  /** Pictures captured a second, over the last moments. */
  get fps(): number {
    return this.#record.fps;
  }

  status(): CameraStatus {
    const { name, title, driver } = this.#parts;
    return {
      name,
      title,
      driver,
      state: this.#state,
      online: this.isOnline,
      ...this.#record.status(),
      offlineSince: this.#state === "starting" || this.#state === "retrying" ? epochOf(this.#record.silentSince) : null,
      waitingFor: this.#waiting.text,
    };
  }

  /** The whole life of the camera from its first viewer to its release. */
  async *#frames(signal: AbortSignal): AsyncGenerator<Frame, undefined> {
    const { open, repair, stallMs, pauses, messages, isListening: listens = false } = this.#parts;
    const dropped = (reason: string) => this.#countDropped(reason);
    const given = {
      stallMs: listens ? undefined : stallMs,
      dropped,
      note: (text: string) => this.#takeNote(text),
      waiting: (text: string) => this.#wait(text),
      ...(messages && { messages }),
    };
    this.#record.watched();
    this.#enter("starting", { kind: "opened" });
    try {
      const run = (runSignal: AbortSignal) => {
        this.#record.opened();
        // Mended under supervision: a camera of which nothing can be shown has stalled.
        return validateFrames(open({ signal: runSignal, ...given }), repair, dropped, given.note);
      };
      const onFailure = (error: Error, pauseMs: number) => this.#fail(error, pauseMs);
      const onLateError = (error: unknown) => {
        this.#parts.onEvent?.({ kind: "late", message: describeError(error) });
      };
      const watching = { onFailure, onLateError, abandoned: this.#abandoned };
      const options = { stallMs: listens ? undefined : stallMs, ...pauses, ...watching };
      for await (const picture of supervise(run, signal, options)) {
        // It may have been changed meanwhile: then this is none of its pictures any more.
        if (signal.aborted) return;
        yield this.#frame(picture);
      }
    } finally {
      this.#record.released();
      this.#waiting.stop();
      this.#enter("idle", { kind: "released" });
    }
  }

  #frame(picture: ValidFrame): Frame {
    const frame = this.#record.frame(picture);
    if (this.#parts.isListening) this.#waiting.expectMore(this.stallMs, (text) => this.#wait(text));
    if (this.#state !== "live") this.#enter("live", { kind: "live" });
    return frame;
  }

  #wait(text: string): void {
    this.#waiting.begin(text);
    this.#enter("starting", { kind: "waiting", text });
  }

  #fail(error: Error, pauseMs: number): void {
    this.#waiting.stop();
    const message = describeError(error);
    this.#record.failed(message, pauseMs);
    this.#enter("retrying", { kind: "failed", message, pauseMs });
  }

  #countDropped(reason: string): void {
    this.#record.dropped();
    this.#parts.onEvent?.({ kind: "dropped", reason });
  }

  #takeNote(text: string): void {
    this.#record.note = text === "" ? null : text;
    if (text !== "") this.#parts.onEvent?.({ kind: "note", text });
  }

  #enter(state: CameraState, event: CameraEvent): void {
    this.#state = state;
    this.#parts.onEvent?.(event);
    this.changes.tell();
  }
}
