import { MAX_FRAME_BYTES } from "../split.ts";
import type { ConvertOutcome } from "./convert-runner.ts";
import { ConverterProcess } from "./converter-process.ts";
import { imageMemoryProblem, maxImageMemory } from "./decode-cost.ts";
import type { ImageFormat } from "./image-format.ts";

/** A camera without a frame stalls as fast. */
const TIMEOUT_MS = 10_000;

/** It starts in 0.2 s here, in seconds on the smallest computers. */
const START_TIMEOUT_MS = 30_000;

/** As a camera does after its last viewer. */
const IDLE_MS = 10_000;

/** Waiting images are in memory; each source has one. */
const MAX_WAITING = 100;
const MAX_WAITING_BYTES = 4 * MAX_FRAME_BYTES;

export interface ImageConverterOptions {
  /** @default --max-image-memory */
  readonly maxBytes?: () => number;
  /** @default 10 s */
  readonly timeoutMs?: number;
  /** @default 10 s */
  readonly idleMs?: number;
}

interface Task {
  readonly image: Uint8Array;
  readonly format: ImageFormat;
  readonly quality: number;
  readonly resolve: (jpeg: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Converts images in a process, one at a time. The process starts with the first image, ends when
 * idle, and is killed if an image takes too long.
 */
export class ImageConverter {
  readonly #maxBytes: () => number;
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  readonly #waiting: Task[] = [];
  #waitingBytes = 0;
  #process: ConverterProcess | undefined;
  #isRunning = false;
  #idle: NodeJS.Timeout | undefined;

  constructor({ maxBytes = maxImageMemory, timeoutMs = TIMEOUT_MS, idleMs = IDLE_MS }: ImageConverterOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#timeoutMs = timeoutMs;
    this.#idleMs = idleMs;
  }

  /**
   * Resolves with a JPEG of `quality`, 1 to 100. An abort rejects, and drops a waiting image.
   * @throws ImageError if the image is damaged or slow, or too many wait; NeedsMoreMemory if only
   * this converter is too small.
   */
  convert(image: Uint8Array, format: ImageFormat, quality: number, signal?: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes + image.length > MAX_WAITING_BYTES) {
        throw new ImageError("busy", `${this.#waiting.length} images already wait for conversion`);
      }
      const onAbort = () => {
        this.#remove(task);
        reject(signal?.reason);
      };
      const done = () => signal?.removeEventListener("abort", onAbort);
      const task: Task = {
        image,
        format,
        quality,
        resolve: (jpeg) => {
          done();
          resolve(jpeg);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort);
      this.#waiting.push(task);
      this.#waitingBytes += image.length;
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Ends the process, and refuses the image in work; the next starts another process. */
  close(): void {
    clearTimeout(this.#idle);
    this.#process?.kill();
    this.#process = undefined;
  }

  #remove(task: Task): void {
    const at = this.#waiting.indexOf(task);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#waitingBytes -= task.image.length;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    clearTimeout(this.#idle);
    for (let task = this.#waiting[0]; task !== undefined; task = this.#waiting[0]) {
      this.#remove(task);
      await this.#convert(task).then(task.resolve, task.reject);
    }
    this.#isRunning = false;
    this.#idle = setTimeout(() => this.close(), this.#idleMs).unref();
  }

  async #started(maxBytes: number): Promise<ConverterProcess> {
    if (this.#process?.isEnded !== false) this.#process = new ConverterProcess(maxBytes);
    const converter = this.#process;
    await within(converter, START_TIMEOUT_MS, converter.ready());
    return converter;
  }

  async #convert({ image, format, quality }: Task): Promise<Buffer> {
    const job = { format, quality, maxBytes: this.#maxBytes() };
    const converter = await this.#started(job.maxBytes).catch((error: Error) => {
      this.#process = undefined;
      throw new ImageError("busy", `the process that converts images ${error.message}`);
    });
    try {
      const { outcome, jpeg } = await within(converter, this.#timeoutMs, converter.run(job, image));
      // After a shortage, memory may be fragmented.
      if (outcome.kind === "memory") this.close();
      const problem = problemOf(outcome);
      if (problem === undefined) return jpeg;
      throw problem;
    } catch (error) {
      if (!(error instanceof ImageError)) this.close();
      if (error instanceof ImageError) throw error;
      if (error instanceof Late)
        throw new ImageError("large", `it takes longer to decode than ${this.#timeoutMs / 1000} s`);
      throw new ImageError("damaged", `its decoder ${(error as Error).message}`);
    }
  }
}

class Late extends Error {}

async function within<T>(converter: ConverterProcess, ms: number, work: Promise<T>): Promise<T> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    converter.kill();
  }, ms);
  try {
    return await work;
  } catch (error) {
    throw isLate ? new Late(`took longer than ${ms / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}

function problemOf(outcome: ConvertOutcome): ImageError | undefined {
  switch (outcome.kind) {
    case "none":
      return undefined;
    case "large": {
      const problem = imageMemoryProblem(outcome, outcome.bytes);
      return problem === undefined ? new NeedsMoreMemory() : new ImageError("large", problem);
    }
    case "memory":
      return new NeedsMoreMemory();
    case "damaged":
      return new ImageError("damaged", outcome.message.replace(/\.$/, ""));
  }
}

/** An image cannot be converted. The message is a clause. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  /** `large`: over a limit of memory or time. `damaged`: incomplete too. `busy`: too many wait. */
  readonly kind: "large" | "format" | "damaged" | "busy";

  constructor(kind: ImageError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** An image is too large for its converter, not for the server. */
export class NeedsMoreMemory extends ImageError {
  constructor() {
    super("large", "its decoder needs more memory than --max-image-memory leaves it");
  }
}
