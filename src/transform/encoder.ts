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
  /** Of the newest encoded frame; null before the first. */
  readonly width: number | null;
  readonly height: number | null;
  readonly unchanged: number;
  /** Frames replaced by newer ones while an older one was encoded. */
  readonly skipped: number;
  readonly failed: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
}

/** A transform counts as in use this long after its last frame: snapshots come again. */
const RECENT_MS = 60_000;

/** Returns the networks of the clients that want frames now; none for an output. */
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
  readonly camera: string;
  readonly title?: (() => string) | undefined;
  readonly times?: Histogram | undefined;
}

/** Encodes a camera's frames by one transform: each frame once, one at a time. */
export class Encoder {
  readonly #transformer: Transformer;
  readonly #slots: EncodeSlots;
  #last: { readonly frame: Frame; readonly result: Promise<Frame> } | undefined;
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
  #lastError: { message: string; at: number } | null = null;

  constructor(spec: TransformSpec, { slots, camera, title, times }: EncoderOptions) {
    this.#transformer = new Transformer(spec, title, times);
    this.#slots = slots;
    this.#camera = camera;
  }

  get inUse(): boolean {
    return this.#holders.size > 0 || this.#running;
  }

  get isRecent(): boolean {
    return this.inUse || performance.now() - this.#usedAt < RECENT_MS;
  }

  get size(): FrameSize | undefined {
    return this.#size;
  }

  /** Bytes of the newest encoded frame by those of its source; undefined before the first. */
  get share(): number | undefined {
    return this.#share;
  }

  /** Keeps it at work until the returned function is called. */
  hold(clients: Clients = NONE): () => void {
    const holder = { clients };
    this.#holders.add(holder);
    return () => {
      this.#holders.delete(holder);
      if (this.#holders.size > 0) return;
      this.#next?.reject(new Error("The frame is no longer wanted"));
      this.#next = undefined;
    };
  }

  /**
   * Returns the encoded frame, or a newer one if it had to wait. Hold the encoder meanwhile.
   * Rejects if the frame cannot be read.
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

  /** Each client of this camera: its use of another camera does not count. */
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
  // All who asked may have left.
  result.catch(() => {});
  return { frame, plan, result, resolve, reject };
}
