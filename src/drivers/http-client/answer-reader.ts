import { AnswerState } from "./answer-state.ts";
import type { Answer } from "./http-client.ts";

/** Some servers leave the connection open behind an image, or announce more than they send. */
const SILENCE_MS = 2000;

const REST_MS = 500;

/** Reads JPEGs from an answer. Its bytes, not its type, decide what it is. */
export class AnswerReader {
  readonly #onSkip: (reason: string) => void;
  #staysOpen = false;
  #count = 0;

  constructor(onSkip: (reason: string) => void) {
    this.#onSkip = onSkip;
  }

  /** One is a snapshot, whatever its type; more are a stream. */
  get count(): number {
    return this.#count;
  }

  /** @throws Refusal if there is none. */
  async *read(answer: Answer, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
    this.#count = 0;
    const state = new AnswerState(answer, this.#onSkip);
    // Before a stream's first frame, its stall time counts.
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

  #patienceMs(state: AnswerState): number | undefined {
    if (state.looksComplete || state.isText) return SILENCE_MS;
    return state.count === 0 && state.hasLength ? REST_MS : undefined;
  }
}

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
