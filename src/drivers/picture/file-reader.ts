import { resolve as resolvePath } from "node:path";
import { mountOf } from "../../util/files/mounts.ts";
import { FileProcess, type Job } from "./file-process.ts";
import type { FileAnswer, FileQuestion, FileQuestions } from "./file-program.ts";

/** Below the 10 s after which a camera fails. */
const TIMEOUT_MS = 5000;

/** Then another process takes the rest. */
const PATIENCE_MS = 500;

/** Before all of the disk or share counts as hanging. */
const MAX_PROCESSES_OF_MOUNT = 3;

/** Measured 2026-11-29, Node 20: 7 MB each. */
const MAX_PROCESSES = 64;

const IDLE_MS = 1000;

/** Its disk or file server hangs. */
export class HangingFileError extends Error {
  override readonly name = "HangingFileError";
}

/**
 * Reads files that may hang: one process for all, and one more for each file, disk or share that
 * hangs.
 */
class FileReader {
  #main: FileProcess | undefined;
  readonly #hanging = new Map<FileProcess, string>();
  #idle: NodeJS.Timeout | undefined;

  get #size(): number {
    return this.#hanging.size + (this.#main === undefined ? 0 : 1);
  }

  /** Throws the system's error; a HangingFileError after 5 s; the signal's reason. */
  async ask<K extends keyof FileQuestions>(
    question: FileQuestions[K]["question"] & { readonly ask: K },
    signal?: AbortSignal,
  ): Promise<FileQuestions[K]["answer"]> {
    return await this.#ask({ ...question, path: resolvePath(question.path) }, signal);
  }

  #ask(question: FileQuestion, signal?: AbortSignal): Promise<FileAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const reader = this.#processFor(question.path);
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const job: Job = {
        question,
        resolve: (answer) => {
          finish();
          resolve(answer);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      const giveUp = (error: Error) => {
        for (const one of this.#all) one.drop(job);
        job.reject(error);
      };
      const abort = () => giveUp(signal?.reason);
      const timer = setTimeout(() => giveUp(this.#late(question.path)), TIMEOUT_MS);
      signal?.addEventListener("abort", abort);
      reader.put(job);
    });
  }

  end(): void {
    for (const one of this.#all) one.end();
  }

  get #all(): FileProcess[] {
    return [...(this.#main ? [this.#main] : []), ...this.#hanging.keys()];
  }

  #processFor(path: string): FileProcess {
    clearTimeout(this.#idle);
    for (const [reader, place] of this.#hanging) if (isOn(place, path)) return reader;
    this.#main ??= this.#start();
    return this.#main;
  }

  #start(): FileProcess {
    const reader: FileProcess = new FileProcess({
      patienceMs: PATIENCE_MS,
      onSlow: (path) => this.#part(reader, path),
      onIdle: () => this.#rest(reader),
      onEnd: () => {
        this.#hanging.delete(reader);
        if (this.#main === reader) this.#main = undefined;
      },
    });
    return reader;
  }

  /** Leaves a process with its hanging file. */
  #part(reader: FileProcess, path: string): void {
    if (this.#main !== reader || this.#size >= MAX_PROCESSES) return;
    const mount = mountOf(path);
    const others = [...this.#hanging.values()].filter((place) => mount !== undefined && place.startsWith(mount));
    const place = mount !== undefined && others.length + 1 >= MAX_PROCESSES_OF_MOUNT ? mount : path;
    this.#main = undefined;
    this.#hanging.set(reader, place);
    for (const job of reader.takeBack((question) => !isOn(place, question.path)))
      this.#processFor(job.question.path).put(job);
  }

  #rest(reader: FileProcess): void {
    this.#hanging.delete(reader);
    this.#main ??= reader;
    if (this.#main !== reader) {
      reader.end();
      return;
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#main = undefined;
      reader.end();
    }, IDLE_MS);
    this.#idle.unref();
  }

  #late(path: string): HangingFileError {
    const reader = this.#all.find((one) => {
      const asked = one.current?.question.path;
      return asked === path || isOn(this.#hanging.get(one) ?? "", path);
    });
    const { since = performance.now() - TIMEOUT_MS } = reader?.current ?? {};
    const seconds = Math.round((performance.now() - since) / 1000);
    const why =
      reader === undefined
        ? `it waits for ${this.#hanging.size} files that hang`
        : `its disk or file server has not answered for ${seconds} s`;
    return new HangingFileError(why);
  }
}

function isOn(place: string, path: string): boolean {
  return place === path || (place.endsWith("/") && path.startsWith(place));
}

export const fileReader = new FileReader();
