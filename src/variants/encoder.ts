import type { Frame } from "../core/frame.ts";
import { readHeader } from "../jpeg/header.ts";
import type { TransformSpec } from "./key.ts";
import { type Plan, planFor } from "./plan.ts";
import type { Slots } from "./slots.ts";
import { MAX_PIXELS, transform } from "./transform.ts";

interface Job {
  frame: Frame;
  plan: Plan;
  readonly result: Promise<Frame>;
  resolve(frame: Frame): void;
  reject(error: unknown): void;
}

/** One transform of a camera's pictures: each is encoded once, whoever asks, and one at a time. */
export class Encoder {
  readonly #spec: TransformSpec;
  readonly #slots: Slots;
  /** The picture that is being encoded, or was last. */
  #last: { readonly frame: Frame; readonly result: Promise<Frame> } | undefined;
  /** What is encoded next; until it is its turn, a newer picture takes its place. */
  #next: Job | undefined;
  #running = false;
  #holders = 0;

  constructor(spec: TransformSpec, slots: Slots) {
    this.#spec = spec;
    this.#slots = slots;
  }

  /**
   * The picture transformed, or a newer one if it had to wait and one came; itself, if the transform changes nothing.
   * Rejects when it cannot be read.
   */
  async encode(frame: Frame): Promise<Frame> {
    if (this.#last?.frame === frame) return await this.#last.result;
    const plan = this.#plan(frame);
    if (plan === undefined) return frame;
    const next = this.#next;
    if (next !== undefined) {
      if (frame.capturedAt >= next.frame.capturedAt) Object.assign(next, { frame, plan });
      return await next.result;
    }
    const job = createJob(frame, plan);
    this.#next = job;
    if (!this.#running) void this.#run();
    return await job.result;
  }

  /** True while it is held, or has something to do. */
  get inUse(): boolean {
    return this.#holders > 0 || this.#running;
  }

  /** Keeps it in use until what is returned is called. */
  hold(): () => void {
    this.#holders++;
    return () => {
      this.#holders--;
    };
  }

  #plan({ jpeg }: Frame): Plan | undefined {
    const header = readHeader(jpeg);
    if (header === undefined) throw new Error("A picture has no frame header");
    const { width, height } = header;
    if (width * height > MAX_PIXELS) throw new Error(`A picture of ${width}×${height} pixels is too large to change`);
    return planFor(this.#spec, jpeg, header);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#next !== undefined) await this.#slots.run(() => this.#encodeNext());
    this.#running = false;
  }

  async #encodeNext(): Promise<void> {
    const job = this.#next as Job;
    const { frame, plan } = job;
    this.#next = undefined;
    this.#last = { frame, result: job.result };
    try {
      job.resolve({ ...frame, jpeg: await transform(frame.jpeg, plan) });
    } catch (error) {
      job.reject(error);
    }
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
