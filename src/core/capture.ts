import { epochOf } from "../util/clock.ts";
import { describeError } from "../util/errors.ts";
import type { CameraEvent, CameraOptions } from "./camera-options.ts";
import { CameraStats } from "./camera-stats.ts";
import type { CameraState, CameraStatus } from "./camera-status.ts";
import type { Frame } from "./frame.ts";
import { supervise } from "./supervise.ts";
import { type ValidFrame, validateFrames } from "./validate-frames.ts";

/** Runs a camera's driver while it is watched, and tracks its state. */
export class Capture {
  readonly stats = new CameraStats();
  readonly #options: () => CameraOptions;
  readonly #onChange: () => void;
  readonly #abandoned = new Set<Promise<void>>();
  readonly #silence = new SilenceTimer();
  #state: CameraState = "idle";

  constructor(options: () => CameraOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  get state(): CameraState {
    return this.#state;
  }

  status() {
    const isOffline = this.#state === "starting" || this.#state === "retrying";
    return {
      state: this.#state,
      online: this.#state === "live",
      ...this.stats.status(),
      offlineSince: isOffline ? epochOf(this.stats.silentSince) : null,
      waitingFor: this.#silence.text,
    } satisfies Partial<CameraStatus>;
  }

  frames(signal: AbortSignal): AsyncIterable<Frame> {
    const { stallMs, pauses, isListening = false } = this.#options();
    this.stats.watched();
    this.#enter("starting", { kind: "opened" });
    return supervise((runSignal) => this.#run(runSignal), signal, {
      stallMs: isListening ? undefined : stallMs,
      ...pauses,
      abandoned: this.#abandoned,
      onFailure: (error, pauseMs) => this.#fail(this.#describe(error), pauseMs),
      onLateError: (error) => this.#tell({ kind: "late", message: this.#describe(error) }),
      onEnd: () => this.#release(),
    });
  }

  /** Validates frames in the run, so one that shows nothing has stalled. */
  #run(signal: AbortSignal): AsyncIterable<Frame> {
    const { open, repair, redactor, stallMs, messages, isListening = false } = this.#options();
    const dropped = (reason: string) => this.#drop(reason);
    const note = (text: string) => this.#note(text);
    this.stats.opened();
    const jpegs = open({
      signal,
      stallMs: isListening ? undefined : stallMs,
      dropped,
      note: (text) => note(this.#hide(text)),
      waiting: (text) => this.#wait(this.#hide(text)),
      ...(messages && { messages }),
      ...(redactor && { redactor }),
    });
    return validateFrames(jpegs, signal, { repair, stamp: (frame) => this.#stamp(frame), dropped, note });
  }

  #stamp(valid: ValidFrame): Frame {
    const frame = this.stats.frame(valid);
    const { isListening, stallMs } = this.#options();
    if (isListening) this.#silence.restart(stallMs, (text) => this.#wait(text));
    if (this.#state !== "live") this.#enter("live", { kind: "live" });
    return frame;
  }

  #wait(text: string): void {
    this.#silence.say(text);
    this.#enter("starting", { kind: "waiting", text });
  }

  #fail(message: string, pauseMs: number): void {
    this.#silence.stop();
    this.stats.failed(message, pauseMs);
    this.#enter("retrying", { kind: "failed", message, pauseMs });
  }

  #release(): void {
    this.stats.released();
    this.#silence.stop();
    this.#enter("idle", { kind: "released" });
  }

  /**
   * Its reason is redacted where it is logged: publishers can cause thousands. Measured 2026-11-30:
   * 0.2 ms to redact one.
   */
  #drop(reason: string): void {
    this.stats.dropped();
    this.#tell({ kind: "dropped", reason });
  }

  #note(text: string): void {
    this.stats.note = text === "" ? null : text;
    if (text !== "") this.#tell({ kind: "note", text });
  }

  #enter(state: CameraState, event: CameraEvent): void {
    this.#state = state;
    this.#tell(event);
    this.#onChange();
  }

  #tell(event: CameraEvent): void {
    this.#options().onEvent?.(event);
  }

  #hide(text: string): string {
    return this.#options().redactor?.hide(text) ?? text;
  }

  #describe(error: unknown): string {
    return describeError(error, (text) => this.#hide(text));
  }
}

/** A publisher may fall silent without closing. */
class SilenceTimer {
  #text: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  get text(): string | null {
    return this.#text;
  }

  restart(ms: number, onSilence: (text: string) => void): void {
    this.#text = null;
    this.#timer ??= setTimeout(() => onSilence(`No frame came for ${ms / 1000} s`), ms);
    this.#timer.refresh();
  }

  say(text: string): void {
    this.stop();
    this.#text = text;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#text = null;
  }
}
