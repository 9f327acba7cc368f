import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { countHanging } from "../core/hanging.ts";
import type { FileAnswer, FileQuestion, ThreadMessage } from "./file-program.ts";

const EXTENSION = extname(import.meta.url);
const PROGRAM = new URL(`./file-program${EXTENSION}`, import.meta.url);

/** A question that waits for its answer. */
export interface Job {
  readonly question: FileQuestion;
  readonly resolve: (answer: FileAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** The question that it works on, and what to do once it is answered. */
interface Current {
  readonly job: Job;
  readonly since: number;
  readonly answer: Promise<void>;
  readonly answered: () => void;
}

export interface FileThreadOptions {
  /** Called when one question has taken longer than `patienceMs` milliseconds. */
  readonly onSlow: (path: string) => void;
  /** Called when there is nothing to do: after each answer that leaves no question. */
  readonly onIdle: () => void;
  readonly onEnd: () => void;
  readonly patienceMs: number;
}

/**
 * A thread that reads files, one question after another, by calls that block it alone: Node's own asynchronous calls block libuv's
 * pool, and with it all files, names and images of the process.
 */
export class FileThread {
  readonly #worker: Worker;
  readonly #options: FileThreadOptions;
  #jobs: Job[] = [];
  #current: Current | undefined;
  #patience: NodeJS.Timeout | undefined;
  #isReady = false;

  constructor(options: FileThreadOptions) {
    this.#options = options;
    this.#worker = startWorker();
    this.#worker.on("message", (message: ThreadMessage) => {
      if ("isReady" in message) this.#begin();
      else this.#finish(message);
    });
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("the thread that reads files has ended")));
    this.#worker.unref();
  }

  /** The question it works on now, and since when by the clock of `performance`. */
  get current(): { readonly question: FileQuestion; readonly since: number } | undefined {
    return this.#current && { question: this.#current.job.question, since: this.#current.since };
  }

  put(job: Job): void {
    this.#jobs.push(job);
    this.#next();
  }

  /** Takes a question back; one that it works on counts as hanging until it is answered. */
  drop(job: Job): void {
    this.#jobs = this.#jobs.filter((waiting) => waiting !== job);
    if (this.#current?.job === job) countHanging(`Reading ${job.question.path}`, this.#current.answer);
  }

  /** Takes back the questions that wait and fulfil `test`. */
  takeBack(test: (question: FileQuestion) => boolean): Job[] {
    const taken = this.#jobs.filter(({ question }) => test(question));
    this.#jobs = this.#jobs.filter(({ question }) => !test(question));
    return taken;
  }

  /** Ends it, now or when the call that it hangs in returns. */
  end(): void {
    void this.#worker.terminate();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const job = this.#jobs.shift();
    if (job === undefined) {
      this.#options.onIdle();
      return;
    }
    let answered = () => {};
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    this.#current = { job, since: performance.now(), answered, answer };
    if (this.#isReady) this.#watch(job);
    this.#worker.postMessage(job.question);
  }

  /** To load the program takes its time, and is no sign of a file that hangs. */
  #begin(): void {
    this.#isReady = true;
    if (this.#current !== undefined) this.#watch(this.#current.job);
  }

  #watch({ question }: Job): void {
    this.#patience = setTimeout(() => this.#options.onSlow(question.path), this.#options.patienceMs);
  }

  #finish(message: Exclude<ThreadMessage, { isReady: true }>): void {
    const { job, answered } = this.#current as Current;
    this.#current = undefined;
    clearTimeout(this.#patience);
    answered();
    if ("answer" in message) job.resolve(message.answer);
    else job.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
    this.#next();
  }

  #fail(error: Error): void {
    this.#options.onEnd();
    clearTimeout(this.#patience);
    this.#current?.answered();
    for (const { reject } of [...(this.#current ? [this.#current.job] : []), ...this.#jobs]) reject(error);
    this.#current = undefined;
    this.#jobs = [];
  }
}

/** Sources, as in tests, are read by tsx, which does not reach the first file of a thread by itself. */
function startWorker(): Worker {
  if (EXTENSION !== ".ts") return new Worker(PROGRAM);
  const [loader, program] = [import.meta.resolve("tsx/esm/api"), PROGRAM.href].map((url) => JSON.stringify(url));
  return new Worker(`import(${loader}).then(({ tsImport }) => tsImport(${program}, ${loader}))`, { eval: true });
}
