import { holdsBoundary } from "../../core/boundary.ts";
import type { Receiver } from "../../core/broadcast.ts";
import type { Frame, FrameBroadcast } from "../../core/frame.ts";
import type { Placeholders } from "../../transform/placeholders.ts";
import type { Rendition } from "../../transform/rendition.ts";
import { Variant } from "../../transform/variant.ts";
import { buildPart, buildPlaceholderPart, type Part } from "./multipart.ts";

/** Repeats show dead sockets. */
const REPEAT_MS = 1000;

/** Takes parts; a repeat is the same part again. */
export interface PartReceiver extends Receiver<Part> {
  readonly network: string;
  /** The size is a guess before the first frame. */
  takesPlaceholder(isSizeGuessed: boolean): boolean;
}

export class Feeds {
  readonly #feeds = new WeakMap<FrameBroadcast, Feed>();
  readonly #placeholders: Placeholders;
  readonly #repeatMs: number;

  constructor(placeholders: Placeholders, repeatMs = REPEAT_MS) {
    this.#placeholders = placeholders;
    this.#repeatMs = repeatMs;
  }

  of(rendition: Rendition): Feed {
    const { source } = rendition;
    let feed = this.#feeds.get(source);
    if (feed === undefined) {
      feed = new Feed(rendition, this.#placeholders, this.#repeatMs);
      this.#feeds.set(source, feed);
    }
    return feed;
  }
}

/**
 * Hands a source's frames to its viewers, each frame laid out once as a part. While no frame comes,
 * one timer repeats the last part for all, or sends a placeholder.
 */
export class Feed implements Receiver<Frame> {
  readonly #rendition: Rendition;
  readonly #placeholders: Placeholders;
  readonly #repeatMs: number;
  readonly #viewers = new Set<PartReceiver>();
  readonly #onTurn = () => this.#afterTurn();
  #newest: Part | undefined;
  #placeholder: Part | undefined;
  #latest: Part | undefined;
  /** Set until the event loop has gone round once since a frame was taken. */
  #turn: NodeJS.Immediate | undefined;
  #waiting: Frame | undefined;
  #repeatTimer: NodeJS.Timeout | undefined;
  /** A stopgap that took longer than a newer part is out of date. */
  #version = 0;

  constructor(rendition: Rendition, placeholders: Placeholders, repeatMs: number) {
    this.#rendition = rendition;
    this.#placeholders = placeholders;
    this.#repeatMs = repeatMs;
    const { source } = rendition;
    if (source instanceof Variant) source.clients = () => this.#networks();
  }

  attach(viewer: PartReceiver): void {
    this.#viewers.add(viewer);
    if (this.#latest !== undefined) viewer.put(this.#latest);
    if (this.#repeatTimer !== undefined) return;
    this.#repeatTimer = setTimeout(() => void this.#repeat(), this.#repeatMs);
    this.#rendition.source.attach(this);
  }

  detach(viewer: PartReceiver): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return;
    this.#reset();
    this.#rendition.source.detach(this);
  }

  /**
   * Sends at most one frame in each turn of the event loop: the newest. A server that is too slow
   * thus reads on from the camera's socket, instead of leaving old frames in it.
   */
  put(frame: Frame): void {
    if (this.#turn === undefined) this.#take(frame);
    else this.#waiting = frame;
  }

  close(failure?: { error: unknown }): void {
    this.#reset();
    const viewers = [...this.#viewers];
    this.#viewers.clear();
    for (const viewer of viewers) viewer.close(failure);
  }

  #take(frame: Frame): void {
    const { camera, source } = this.#rendition;
    this.#turn = setImmediate(this.#onTurn);
    // The camera's own frames were checked. A publisher could paint pixels that encode to it.
    if (source !== camera && holdsBoundary(frame.jpeg)) return;
    // A camera that is open for others, and offline, starts with its last frame.
    const isOld = this.#newest === undefined && !camera.isOnline;
    this.#newest = buildPart(frame);
    if (isOld) void this.#repeat();
    else this.#send(this.#newest);
  }

  #afterTurn(): void {
    this.#turn = undefined;
    const frame = this.#waiting;
    this.#waiting = undefined;
    if (frame !== undefined) this.#take(frame);
  }

  #send(part: Part): void {
    this.#version++;
    this.#latest = part;
    this.#repeatTimer?.refresh();
    try {
      for (const viewer of this.#viewers) viewer.put(part);
    } catch (error) {
      // A fault of a viewer must not end the camera's other subscribers.
      this.#rendition.source.detach(this);
      this.close({ error });
    }
  }

  /** Sends a stopgap, unless a frame comes first. */
  async #repeat(): Promise<void> {
    const version = this.#version;
    const part = await this.#stopgap();
    if (version !== this.#version) return;
    if (part === undefined) this.#repeatTimer?.refresh();
    else this.#send(part);
  }

  /** Returns the last frame, or a placeholder if the source is offline and a viewer takes it. */
  async #stopgap(): Promise<Part | undefined> {
    const { camera, source, lastFrame } = this.#rendition;
    const isSizeGuessed = camera.lastFrame === null;
    const problem = this.#problem;
    const isLive = () => camera.isOnline && this.#problem === undefined;
    if (isLive() || ![...this.#viewers].some((viewer) => viewer.takesPlaceholder(isSizeGuessed))) return this.#newest;
    const placeholder =
      camera.isOnline && problem !== undefined
        ? await this.#placeholders.ofVariant(camera, source, problem)
        : await this.#placeholders.of(camera, source, await lastFrame());
    if (placeholder === undefined || isLive() || holdsBoundary(placeholder.jpeg)) return this.#newest;
    if (this.#placeholder?.placeholder !== placeholder) this.#placeholder = buildPlaceholderPart(placeholder);
    return this.#placeholder;
  }

  get #problem(): string | undefined {
    const { source } = this.#rendition;
    return this.#newest === undefined && source instanceof Variant ? source.problem : undefined;
  }

  #networks(): Set<string> {
    return new Set(Array.from(this.#viewers, ({ network }) => network));
  }

  #reset(): void {
    this.#version++;
    clearTimeout(this.#repeatTimer);
    clearImmediate(this.#turn);
    this.#repeatTimer = undefined;
    this.#turn = undefined;
    this.#waiting = undefined;
    this.#newest = undefined;
    this.#latest = undefined;
  }
}
