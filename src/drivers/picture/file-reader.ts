import { resolve as resolvePath } from "node:path";
import { mountOf } from "../../util/files/mounts.ts";
import { FileProcess, type Job } from "./file-process.ts";
import type { FileAnswer, FileQuestion, FileQuestions } from "./file-program.ts";

/** How long a file may take to be read, in milliseconds: a camera without frames has failed after 10 s. */
const TIMEOUT_MS = 5000;

/** A process that works on one question for longer than this, in milliseconds, is left alone with it: another one takes the others. */
const PATIENCE_MS = 500;

/** How many files of one disk or share are found to hang, each by a process, before all of it counts as hanging. */
const MAX_PROCESSES_OF_MOUNT = 3;

/** How many processes there may be, those that hang among them. Each takes 7 MB (measured 2026-11-29, Node 20). */
const MAX_PROCESSES = 64;

/** A process without questions ends after this, in milliseconds. */
const IDLE_MS = 1000;

/** A file did not answer in time: its disk, or the server that has it, hangs. */
export class HangingFileError extends Error {
  override readonly name = "HangingFileError";
}

/**
 * Reads files that may hang, so that nothing else does: one process for all, and one more for each file, disk or network share that
 * hangs.
 */
class FileReader {
  /** Works on questions about whatever is not on a share that hangs. */
  #main: FileProcess | undefined;
  /** Those that hang, each with the file or share. */
  readonly #hanging = new Map<FileProcess, string>();
  #idle: NodeJS.Timeout | undefined;

  /** How many processes there are. */
  get #size(): number {
    return this.#hanging.size + (this.#main === undefined ? 0 : 1);
  }

  /** Throws what went wrong, with the system's code; a HangingFileError after 5 s; the signal's reason when it aborts. */
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

  /** Ends all processes, since this one is about to end. */
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

  /** Leaves a process alone with what it hangs on, and has another do the rest. */
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

  /** A process has nothing to do. */
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
        ? `${this.#hanging.size} others hang, and it waits for them`
        : `its disk, or the server it is on, has not answered for ${seconds} s`;
    return new HangingFileError(why);
  }
}

/** Whether a path is that of a file that hangs, or on a share that does. */
function isOn(place: string, path: string): boolean {
  return place === path || (place.endsWith("/") && path.startsWith(place));
}

/** The process's own. */
export const fileReader = new FileReader();
