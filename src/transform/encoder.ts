import type { Frame } from "../core/frame.ts";
import { type FrameSize, readHeader } from "../jpeg/read-header.ts";
import { epochOf } from "../util/clock.ts";
import { describeError } from "../util/errors.ts";
import type { Histogram } from "../util/histogram.ts";
import type { EncodeCost } from "./encode-cost.ts";
import type { EncodeSlots } from "./encode-slots.ts";
import type { Plan } from "./transform-plan.ts";
import { Transformer } from "./transformer.ts";
import type { TransformSpec } from "./variant-key.ts";

export interface EncoderStatus extends EncodeCost {
  /** Size of the newest picture that was encoded, in pixels; null before the first. */
  readonly width: number | null;
  readonly height: number | null;
  /** Pictures there was nothing to change of: they went out as they came. */
  readonly unchanged: number;
  /** Pictures that came while older ones were encoded, and were replaced by newer ones before it was their turn. */
  readonly skipped: number;
  /** Pictures that could not be read. */
  readonly failed: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
}

/** So long after its last picture a transform is still of interest, in milliseconds: a snapshot may be asked for again. */
const RECENT_MS = 60_000;

/** The networks of the clients that want frames now, by `networkOf`; empty for an output, which is a client of its own. */
export type Clients = () => Iterable<string>;

const NONE: Clients = () => [];

interface Job {
  frame: Frame;
  plan: Plan;
  readonly result: Promise<Frame>;
  resolve(frame: Frame): void;
  reject(error: unknown): void;
}

export interface EncoderOptions {
  readonly slots: EncodeSlots;
  /** What tells its camera from others. */
  readonly camera: string;
  /** Gives the camera's title, for an overlay that has it. */
  readonly title?: (() => string) | undefined;
  /** Takes the milliseconds of each encode. */
  readonly times?: Histogram | undefined;
}

/** One transform of a camera's pictures: each is encoded once, whoever asks, and one at a time. */
export class Encoder {
  readonly #transformer: Transformer;
  readonly #slots: EncodeSlots;
  /** The picture that is being encoded, or was last. */
  #last: { readonly frame: Frame; readonly result: Promise<Frame> } | undefined;
  /** What is encoded next; until it is its turn, a newer picture takes its place. */
  #next: Job | undefined;
  #running = false;
  readonly #camera: string;
  readonly #holders = new Set<{ readonly clients: Clients }>();
  #usedAt = performance.now();
  #size: FrameSize | undefined;
  #share: number | undefined;
  #unchanged = 0;
  #skipped = 0;
  #failed = 0;
  /** Its time is by `performance.now()`. */
  #lastError: { message: string; at: number } | null = null;

  constructor(spec: TransformSpec, { slots, camera, title, times }: EncoderOptions) {
    this.#transformer = new Transformer(spec, title, times);
    this.#slots = slots;
    this.#camera = camera;
  }

  /** True while somebody holds it, or it has something to do. */
  get inUse(): boolean {
    return this.#holders.size > 0 || this.#running;
  }

  /** True while it is in use, and for a while after. */
  get isRecent(): boolean {
    return this.inUse || performance.now() - this.#usedAt < RECENT_MS;
  }

  /** Size of the newest picture that was encoded, in pixels. */
  get size(): FrameSize | undefined {
    return this.#size;
  }

  /** Bytes of the newest picture that came out, for each of those that went in; undefined before the first. */
  get share(): number | undefined {
    return this.#share;
  }

  /** Keeps it at work for clients until what is returned is called. When nobody holds it, what waits is given up. */
  hold(clients: Clients = NONE): () => void {
    const holder = { clients };
    this.#holders.add(holder);
    return () => {
      this.#holders.delete(holder);
      if (this.#holders.size > 0) return;
      this.#next?.reject(new Error("Nobody waits for the picture any more"));
      this.#next = undefined;
    };
  }

  /**
   * The picture transformed, or a newer one if it had to wait and one came; itself, if there is nothing to change. Hold
   * the encoder meanwhile. Rejects when the picture cannot be read.
   */
  async encode(frame: Frame): Promise<Frame> {
    this.#usedAt = performance.now();
    const last = this.#last;
    if (last !== undefined && (last.frame === frame || last.frame.seq > frame.seq)) return await last.result;
    const plan = this.#plan(frame);
    if (plan === undefined) return frame;
    const next = this.#next;
    if (next !== undefined) {
      if (frame !== next.frame) this.#skipped++;
      if (frame.seq > next.frame.seq) Object.assign(next, { frame, plan });
      return await next.result;
    }
    const job = createJob(frame, plan);
    this.#next = job;
    if (!this.#running) void this.#run();
    return await job.result;
  }

  status(): EncoderStatus {
    const { width = null, height = null } = this.#size ?? {};
    return {
      width,
      height,
      ...this.#transformer.cost.cost(),
      unchanged: this.#unchanged,
      skipped: this.#skipped,
      failed: this.#failed,
      lastError: this.#lastError && { ...this.#lastError, at: Math.round(epochOf(this.#lastError.at)) },
    };
  }

  #plan(frame: Frame): Plan | undefined {
    try {
      const plan = this.#transformer.plan(frame.jpeg);
      if (plan === undefined) {
        this.#unchanged++;
        this.#share = 1;
        this.#last = { frame, result: Promise.resolve(frame) };
      }
      return plan;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    const owners = () => this.#owners();
    while (this.#next !== undefined) await this.#slots.run(owners, () => this.#encodeNext());
    this.#running = false;
  }

  /** Whose time its encodes take: each client's of this camera, so that one client's wishes for another do not count. */
  #owners(): string[] {
    const owners = new Set<string>();
    for (const { clients } of this.#holders) {
      const size = owners.size;
      for (const network of clients()) owners.add(`${this.#camera} ${network}`);
      if (owners.size === size) owners.add(this.#camera);
    }
    return owners.size === 0 ? [this.#camera] : [...owners];
  }

  async #encodeNext(): Promise<void> {
    const job = this.#next;
    // Given up while it waited for a slot.
    if (job === undefined) return;
    const { frame, plan } = job;
    this.#next = undefined;
    this.#last = { frame, result: job.result };
    try {
      const jpeg = await this.#transformer.run(frame.jpeg, plan, frame.capturedAt);
      const { width, height } = readHeader(jpeg) ?? plan.size;
      this.#size = { width, height };
      this.#share = jpeg.length / frame.jpeg.length;
      job.resolve({ ...frame, jpeg });
    } catch (error) {
      this.#fail(error);
      job.reject(error);
    }
  }

  #fail(error: unknown): void {
    this.#failed++;
    this.#lastError = { message: describeError(error), at: performance.now() };
  }
}

function createJob(frame: Frame, plan: Plan): Job {
  let resolve!: Job["resolve"];
  let reject!: Job["reject"];
  const result = new Promise<Frame>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Whoever asked may be gone.
  result.catch(() => {});
  return { frame, plan, result, resolve, reject };
}
