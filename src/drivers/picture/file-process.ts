import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError } from "../../util/errors.ts";
import type { FileAnswer, FileMessage, FileQuestion } from "./file-program.ts";

const EXTENSION = extname(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`./file-program${EXTENSION}`, import.meta.url));

const LOADER = EXTENSION === ".ts" ? ["--import", import.meta.resolve("tsx")] : [];

export interface Job {
  readonly question: FileQuestion;
  readonly resolve: (answer: FileAnswer) => void;
  readonly reject: (error: Error) => void;
}

interface Current {
  readonly job: Job;
  readonly since: number;
}

export interface FileProcessOptions {
  readonly onSlow: (path: string) => void;
  readonly onIdle: () => void;
  readonly onEnd: () => void;
  readonly patienceMs: number;
}

/**
 * Reads files in a process, one after another, by calls that may hang. Measured 2026-11-29, Node
 * 20: 7 MB.
 */
export class FileProcess {
  readonly #child: ChildProcess;
  readonly #options: FileProcessOptions;
  #jobs: Job[] = [];
  #current: Current | undefined;
  #patience: NodeJS.Timeout | undefined;
  #isReady = false;

  constructor(options: FileProcessOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, [...LOADER, PROGRAM], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // Images are bytes.
      serialization: "advanced",
      // Ctrl-C must not reach it; under Windows a group would open a window.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    this.#child.on("message", (message: FileMessage) => {
      if ("isReady" in message) this.#begin();
      else this.#finish(message);
    });
    this.#child.on("error", (error) => this.#fail(new Error(describeError(error), { cause: error })));
    this.#child.on("exit", () => this.#fail(new Error("the process that reads files ended")));
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** `since` is by `performance.now()`. */
  get current(): { readonly question: FileQuestion; readonly since: number } | undefined {
    return this.#current && { question: this.#current.job.question, since: this.#current.since };
  }

  put(job: Job): void {
    this.#jobs.push(job);
    this.#next();
  }

  drop(job: Job): void {
    this.#jobs = this.#jobs.filter((waiting) => waiting !== job);
  }

  takeBack(test: (question: FileQuestion) => boolean): Job[] {
    const taken = this.#jobs.filter(({ question }) => test(question));
    this.#jobs = this.#jobs.filter(({ question }) => !test(question));
    return taken;
  }

  /** A process that hangs in the kernel ends when that returns. */
  end(): void {
    this.#child.kill("SIGKILL");
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const job = this.#jobs.shift();
    if (job === undefined) {
      this.#options.onIdle();
      return;
    }
    this.#current = { job, since: performance.now() };
    if (this.#isReady) this.#watch(job);
    if (this.#child.connected) this.#child.send(job.question, () => {});
  }

  /** Loading the program says nothing about a file. */
  #begin(): void {
    this.#isReady = true;
    if (this.#current !== undefined) this.#watch(this.#current.job);
  }

  #watch({ question }: Job): void {
    this.#patience = setTimeout(() => this.#options.onSlow(question.path), this.#options.patienceMs);
  }

  #finish(message: Exclude<FileMessage, { isReady: true }>): void {
    if (this.#current === undefined) return;
    const { job } = this.#current;
    this.#current = undefined;
    clearTimeout(this.#patience);
    if ("answer" in message) job.resolve(message.answer);
    else job.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
    this.#next();
  }

  #fail(error: Error): void {
    this.#options.onEnd();
    clearTimeout(this.#patience);
    for (const { reject } of [...(this.#current ? [this.#current.job] : []), ...this.#jobs]) reject(error);
    this.#current = undefined;
    this.#jobs = [];
  }
}
