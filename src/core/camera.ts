import { Broadcast } from "./broadcast.ts";
import { epochNow } from "./clock.ts";
import type { CameraControls } from "./controls.ts";
import { describeError } from "./errors.ts";
import type { Frame, FrameSource } from "./frame.ts";
import { RateMeter } from "./rate.ts";
import { supervise } from "./supervise.ts";

/** `idle`: nobody watches. `starting`: opened, no frame yet. `retrying`: failed, and not back since. */
export type CameraState = "idle" | "starting" | "live" | "retrying";

/** What a camera's driver is given to work with, anew each time it is opened. */
export interface DriverContext {
  /** Aborts when the driver is to stop and to release what it holds. */
  readonly signal: AbortSignal;
  /** Counts a picture that came but cannot be shown; `reason` goes to the log. */
  dropped(reason: string): void;
  /** Says what the driver chose, such as the size nearest to what was asked for; goes to the status and the log. */
  note?(text: string): void;
}

export interface CameraParts {
  readonly name: string;
  readonly title: string;
  /** The driver's name, for the status. */
  readonly driver: string;
  /** One run of the driver: whole JPEGs until the signal aborts; throwing or ending is a failure. */
  readonly open: (context: DriverContext) => AsyncIterable<Uint8Array>;
  /** Reads a picture's size from its header, in pixels. */
  readonly measure: (jpeg: Uint8Array) => { width: number; height: number } | undefined;
  /** How long the camera stays open after its last viewer, in milliseconds. */
  readonly lingerMs: number;
  /** Without a frame for this long, in milliseconds, the camera has failed. */
  readonly stallMs: number;
  /** True keeps the camera open from `start` to `close`, watched or not. */
  readonly always: boolean;
  /** Pauses between tries, in milliseconds. @default 500 to 30000 */
  readonly pauses?: { readonly minPauseMs: number; readonly maxPauseMs: number };
  /** What can be set on it; undefined where its driver has nothing. */
  readonly controls?: CameraControls | undefined;
  readonly onEvent?: (event: CameraEvent) => void;
}

/** What an operator wants to know, as it happens. */
export type CameraEvent =
  | { readonly kind: "opened" | "released" | "live" }
  | { readonly kind: "dropped"; readonly reason: string }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "failed"; readonly message: string; readonly pauseMs: number };

/** A camera's part of `GET /api/cameras`. Times are milliseconds since the epoch. */
export interface CameraStatus {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly state: CameraState;
  /** True while pictures come. */
  readonly online: boolean;
  /** Size of the newest picture in pixels; kept when the camera goes; null before the first. */
  readonly width: number | null;
  readonly height: number | null;
  /** Pictures captured a second, over the last moments. */
  readonly fps: number;
  /** Pictures captured since the start. */
  readonly frames: number;
  /** Pictures that came but could not be shown: not whole, or over the size limit. */
  readonly dropped: number;
  /** Failures after which the camera was opened again. */
  readonly restarts: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
  readonly lastFrameAt: number | null;
  /** What the driver said last of its choices, such as which way to the camera is in use; null before it did. */
  readonly note: string | null;
}

/** A configured, named thing to watch: a driver, shared by its viewers and reopened when it fails. */
export class Camera implements FrameSource {
  readonly name: string;
  readonly title: string;
  readonly stallMs: number;
  /** What can be set on it; undefined where its driver has nothing. */
  readonly controls: CameraControls | undefined;
  readonly #parts: CameraParts;
  readonly #broadcast: Broadcast<Frame>;
  readonly #lifetime = new AbortController();
  readonly #rate = new RateMeter();
  #state: CameraState = "idle";
  #watchedSince = 0;
  #seq = 0;
  /** The number of the first picture since the driver was last opened. */
  #firstSeq = 0;
  #dropped = 0;
  #restarts = 0;
  #size: { width: number; height: number } | undefined;
  #lastError: { message: string; at: number } | null = null;
  #lastFrameAt: number | null = null;
  #note: string | null = null;

  constructor(parts: CameraParts) {
    this.name = parts.name;
    this.title = parts.title;
    this.stallMs = parts.stallMs;
    this.controls = parts.controls;
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
    return epochNow() - Math.max(this.#lastFrameAt ?? 0, this.#watchedSince) > this.stallMs;
  }

  /**
   * How many pictures came before this one since the driver was last opened: a camera takes a few to find its exposure.
   * Below 0 for one of before that.
   */
  picturesBefore({ seq }: Frame): number {
    return seq - this.#firstSeq;
  }

  status(): CameraStatus {
    const { name, title, driver } = this.#parts;
    return {
      name,
      title,
      driver,
      state: this.#state,
      online: this.#state === "live",
      width: this.#size?.width ?? null,
      height: this.#size?.height ?? null,
      fps: Math.round(this.#rate.rate(performance.now()) * 10) / 10,
      frames: this.#seq,
      dropped: this.#dropped,
      restarts: this.#restarts,
      lastError: this.#lastError,
      lastFrameAt: this.#lastFrameAt,
      note: this.#note,
    };
  }

  /** The whole life of the camera from its first viewer to its release. */
  async *#frames(signal: AbortSignal): AsyncGenerator<Frame, undefined> {
    const { open, stallMs, pauses } = this.#parts;
    const dropped = (reason: string) => this.#countDropped(reason);
    const note = (text: string) => this.#takeNote(text);
    this.#watchedSince = epochNow();
    this.#enter("starting", { kind: "opened" });
    try {
      const openAgain = (runSignal: AbortSignal) => {
        this.#firstSeq = this.#seq;
        return open({ signal: runSignal, dropped, note });
      };
      const onFailure = (error: Error, pauseMs: number) => this.#fail(error, pauseMs);
      const jpegs = supervise(openAgain, signal, { stallMs, ...pauses, onFailure });
      for await (const jpeg of jpegs) yield this.#frame(jpeg);
    } finally {
      this.#enter("idle", { kind: "released" });
    }
  }

  #frame(jpeg: Uint8Array): Frame {
    const capturedAt = epochNow();
    this.#size = this.#parts.measure(jpeg) ?? this.#size;
    this.#lastFrameAt = capturedAt;
    this.#rate.tick(performance.now());
    if (this.#state !== "live") this.#enter("live", { kind: "live" });
    return { jpeg, seq: this.#seq++, capturedAt };
  }

  #fail(error: Error, pauseMs: number): void {
    const message = describeError(error);
    this.#restarts++;
    this.#lastError = { message, at: Date.now() };
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
  }
}
