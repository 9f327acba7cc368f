import { Notifier } from "../util/notifier.ts";
import { Broadcast, type Receiver } from "./broadcast.ts";
import type { CameraOptions } from "./camera-options.ts";
import type { CameraStatus } from "./camera-status.ts";
import { Capture } from "./capture.ts";
import type { CameraControls } from "./controls.ts";
import type { Frame, FrameBroadcast } from "./frame.ts";

/** Shares one capture between all viewers of a camera. */
export class Camera implements FrameBroadcast {
  readonly name: string;
  readonly changes = new Notifier();
  #options: CameraOptions;
  readonly #capture = new Capture(
    () => this.#options,
    () => this.changes.notify(),
  );
  readonly #broadcast: Broadcast<Frame>;
  #hold: AbortController | undefined;

  constructor(options: CameraOptions) {
    this.name = options.name;
    this.#options = options;
    this.#broadcast = new Broadcast((signal) => this.#capture.frames(signal), { lingerMs: options.lingerMs });
  }

  get title(): string {
    return this.#options.title;
  }

  get stallMs(): number {
    return this.#options.stallMs;
  }

  get controls(): CameraControls | undefined {
    return this.#options.controls;
  }

  get isAdaptive(): boolean {
    return this.#options.isAdaptive ?? false;
  }

  /** Opens an always-on camera; others open for their first viewer. */
  start(): void {
    const { isAlwaysOn } = this.#options;
    if (isAlwaysOn === (this.#hold !== undefined)) return;
    this.#hold?.abort();
    this.#hold = isAlwaysOn ? new AbortController() : undefined;
    if (this.#hold !== undefined) this.#broadcast.subscribe(this.#hold.signal);
  }

  /** Releases the driver until `resume`; viewers stay. */
  async pause(): Promise<void> {
    await this.#broadcast.pause();
  }

  resume(): void {
    this.#broadcast.resume();
  }

  /** Replaces options. Pause the camera to replace `open`; its last frame is forgotten. */
  change(options: Partial<Omit<CameraOptions, "name">>): void {
    this.#options = { ...this.#options, ...options };
    this.#broadcast.lingerMs = this.#options.lingerMs;
    if (options.open !== undefined) this.#capture.stats.forget();
    this.start();
    this.changes.notify();
  }

  subscribe(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#broadcast.subscribe(signal);
  }

  attach(receiver: Receiver<Frame>): void {
    this.#broadcast.attach(receiver);
  }

  detach(receiver: Receiver<Frame>): void {
    this.#broadcast.detach(receiver);
  }

  /** Ends every subscription. Resolves once the driver is released. */
  async close(): Promise<void> {
    this.#hold?.abort();
    await this.#broadcast.close();
  }

  /**
   * True if viewers have had no frame for the stall time. The hold of a listening camera does not
   * count: no publisher has to come.
   */
  get isOverdue(): boolean {
    const own = this.#options.isListening === true && this.#hold !== undefined ? 1 : 0;
    return this.#broadcast.size > own && this.isSilent;
  }

  /** True if no frame has come for the stall time. */
  get isSilent(): boolean {
    return this.#broadcast.size > 0 && performance.now() - this.#capture.stats.silentSince > this.stallMs;
  }

  get isOnline(): boolean {
    return this.#capture.state === "live";
  }

  get isStarting(): boolean {
    return this.#capture.state === "starting";
  }

  /** Kept while nobody watches. */
  get lastFrame(): Frame | null {
    return this.#capture.stats.lastFrame;
  }

  /**
   * Counts the frames before this one since the driver was opened: cameras take a few to find their
   * exposure.
   */
  framesBefore(frame: Frame): number {
    return this.#capture.stats.framesBefore(frame);
  }

  /** Null unless it waits for a try. */
  get nextTryInMs(): number | null {
    return this.#capture.stats.nextTryInMs;
  }

  get fps(): number {
    return this.#capture.stats.fps;
  }

  status(): CameraStatus {
    const { name, title, driver } = this.#options;
    return { name, title, driver, ...this.#capture.status() };
  }
}
