import { AnswerState } from "./answer-state.ts";
import type { Answer } from "./http-client.ts";

/**
 * How long an answer with one image in it may be silent until that was all: some servers leave the connection open behind
 * an image, or announce more than they send. A stream that is slower, and not called one, is polled instead.
 */
const SILENCE_MS = 2000;

/** How long to wait for the rest of an image of which all announced bytes have come. */
const REST_MS = 500;

/**
 * Reads the JPEGs of a camera's answers. The bytes decide what an answer is, and not what it is called: one image of any
 * format that is converted, or JPEGs with anything between them, such as the headers of a multipart body.
 */
export class AnswerReader {
  readonly #onSkip: (reason: string) => void;
  /** An answer left its connection open behind an image: the next ones are not waited for. */
  #staysOpen = false;
  #count = 0;

  /** `onSkip` is told of each image that began and is not passed on, in plain words. */
  constructor(onSkip: (reason: string) => void) {
    this.#onSkip = onSkip;
  }

  /** How many JPEGs the newest answer gave. One is a snapshot, whatever it was called; more are a stream. */
  get count(): number {
    return this.#count;
  }

  /** Yields each JPEG at its last byte, and hangs up at the end. @throws Refusal when there is none; or what reading throws. */
  async *read(answer: Answer, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
    this.#count = 0;
    const state = new AnswerState(answer, this.#onSkip);
    // A stream may be silent before its first frame. Its camera then fails by its stall time.
    const isImage = answer.type.startsWith("image/") || answer.length() !== undefined;
    if (!isImage || answer.type.startsWith("multipart/")) answer.lift();
    try {
      while (!state.isComplete && !(this.#staysOpen && state.looksComplete)) {
        const result = await within(answer.chunks.next(), this.#patienceMs(state));
        if (result === "silent") this.#staysOpen ||= state.looksComplete;
        if (result === "silent" || result.done) break;
        for (const jpeg of state.push(result.value)) {
          this.#count++;
          answer.lift();
          yield jpeg;
        }
      }
      if (this.#count > 0) return;
      const jpeg = await state.finish(signal);
      this.#count++;
      yield jpeg;
    } finally {
      answer.close();
    }
  }

  /** How long to wait for more; undefined for as long as it takes. */
  #patienceMs(state: AnswerState): number | undefined {
    if (state.looksComplete || state.isText) return SILENCE_MS;
    return state.count === 0 && state.hasLength ? REST_MS : undefined;
  }
}

/** What a promise resolves to, or `silent` when it takes longer. It goes on unheard then. */
async function within<T>(promise: Promise<T>, ms: number | undefined): Promise<T | "silent"> {
  if (ms === undefined) return await promise;
  promise.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<"silent">((resolve) => {
    timer = setTimeout(resolve, ms, "silent");
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
