import { setImmediate as nextTurn } from "node:timers/promises";
import { holdsBoundary } from "../../core/boundary.ts";
import { Broadcast, type Receiver } from "../../core/broadcast.ts";
import type { Camera } from "../../core/camera.ts";
import type { Frame, FrameSource } from "../../core/frame.ts";
import type { Ladder } from "../../transform/ladder.ts";
import type { Placeholders } from "../../transform/placeholders.ts";
import { Variant } from "../../transform/variant.ts";
import { repeating } from "../../util/async-iterate.ts";
import { buildPart, buildPlaceholderPart, type Part } from "./multipart.ts";

/**
 * While nothing new comes, something is sent this often, in milliseconds, so that a dead socket shows. A camera that is
 * back sooner than that shows no placeholder.
 */
const REPEAT_MS = 1000;

/** What a stream shows: a camera's pictures, as they are or as a variant has them. */
export interface FeedOptions {
  readonly camera: Camera;
  /** The pictures themselves; who shows the same shares their parts. */
  readonly source: FrameSource;
  /** The last picture there was, as the source would give it; null before the first. */
  readonly lastFrame: () => Promise<Frame | null>;
}

/** Takes parts, and says which placeholders it is to have. Repeats are the same part again. */
export interface PartReceiver extends Receiver<Part> {
  /** The network of the client that it is for. */
  readonly network: string;
  /** Whether it is to have a placeholder now, one whose size is a guess or one as the camera's pictures are. */
  takesPlaceholder(isSizeGuessed: boolean): boolean;
}

/** The feeds of all cameras and their variants. */
export class Feeds {
  readonly #feeds = new WeakMap<FrameSource, Feed>();
  readonly #placeholders: Placeholders;
  readonly #repeatMs: number;

  /** `repeatMs` is how long nothing new may come before the last picture is sent again. @default 1000 */
  constructor(placeholders: Placeholders, repeatMs = REPEAT_MS) {
    this.#placeholders = placeholders;
    this.#repeatMs = repeatMs;
  }

  /**
   * The feed of a rung of a ladder.
   * @throws VariantLimitError when there is no room for it.
   */
  at(ladder: Ladder, rung: number): Feed {
    const source = ladder.sourceAt(rung);
    let feed = this.#feeds.get(source);
    if (feed === undefined) {
      const options = { camera: ladder.camera, source, lastFrame: ladder.lastFrameAt(rung) };
      feed = new Feed(options, this.#placeholders, this.#repeatMs);
      this.#feeds.set(source, feed);
    }
    return feed;
  }
}

/**
 * The parts of a source, shared by its viewers: each picture is laid out once. While nothing new
 * comes, the last is repeated by one timer for all; or the camera's placeholder, when it is not live.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #placeholders: Placeholders;
  readonly #broadcast: Broadcast<Part>;
  readonly #viewers = new Set<PartReceiver>();
  #picture: Part | undefined;
  #placeholder: Part | undefined;

  constructor(options: FeedOptions, placeholders: Placeholders, repeatMs: number) {
    this.#options = options;
    this.#placeholders = placeholders;
    const open = (signal: AbortSignal) => repeating(this.#pictures(signal), repeatMs, () => this.#instead());
    // No linger here: how long a camera outlives its viewers is the camera's to say.
    this.#broadcast = new Broadcast(open, { lingerMs: 0 });
    if (options.source instanceof Variant) options.source.clients = () => this.#networks();
  }

  attach(viewer: PartReceiver): void {
    this.#viewers.add(viewer);
    this.#broadcast.attach(viewer);
  }

  detach(viewer: PartReceiver): void {
    this.#viewers.delete(viewer);
    this.#broadcast.detach(viewer);
  }

  #networks(): Set<string> {
    return new Set(Array.from(this.#viewers, ({ network }) => network));
  }

  async *#pictures(signal: AbortSignal): AsyncGenerator<Part, void> {
    const { camera, source } = this.#options;
    this.#picture = undefined;
    for await (const frame of source.subscribe(signal)) {
      // A publisher could paint pixels that give it once they are encoded; the camera's own frames were searched already.
      if (source !== camera && holdsBoundary(frame.jpeg)) continue;
      // A camera that is open for others, and gone, begins with the last picture it had.
      const isOld = this.#picture === undefined && !camera.isOnline;
      this.#picture = buildPart(frame);
      const part = isOld ? await this.#instead() : this.#picture;
      if (part !== undefined) yield part;
      // The event loop gets a turn: what a camera sent meanwhile is read, and of that only the newest is taken.
      // Otherwise a server that is too slow for all its viewers would fall behind its camera, with the old pictures
      // waiting in the camera's connection.
      await nextTurn();
    }
  }

  /** Why the camera's pictures cannot be shown as they are asked for; undefined if they can. */
  get #problem(): string | undefined {
    const { source } = this.#options;
    return this.#picture === undefined && source instanceof Variant ? source.problem : undefined;
  }

  /** What to send while no picture comes; undefined when there is nothing. A placeholder is drawn only if somebody takes it. */
  async #instead(): Promise<Part | undefined> {
    const { camera, source, lastFrame } = this.#options;
    const isSizeGuessed = camera.lastFrame === null;
    const problem = this.#problem;
    const isLive = () => camera.isOnline && this.#problem === undefined;
    if (isLive() || ![...this.#viewers].some((viewer) => viewer.takesPlaceholder(isSizeGuessed))) return this.#picture;
    const placeholder =
      camera.isOnline && problem !== undefined
        ? await this.#placeholders.ofVariant(camera, source, problem)
        : await this.#placeholders.of(camera, source, await lastFrame());
    if (placeholder === undefined || isLive() || holdsBoundary(placeholder.jpeg)) return this.#picture;
    if (this.#placeholder?.placeholder !== placeholder) this.#placeholder = buildPlaceholderPart(placeholder);
    return this.#placeholder;
  }
}
