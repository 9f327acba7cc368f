import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError } from "../../util/errors.ts";
import { endGroup } from "../../util/process/child-process.ts";
import { keepLastLines } from "../../util/process/last-lines.ts";
import type { SnapshotJob } from "./snapshot-programs.ts";
import type { SnapshotAnswer } from "./snapshot-runner.ts";

/** What runs in the process: a file beside this one, built or not as it is. */
const EXTENSION = extname(import.meta.url);
const RUNNER = fileURLToPath(new URL(`./snapshot-runner${EXTENSION}`, import.meta.url));

/**
 * A process in which node-webcam takes pictures into files of `folder`. It leads a process group, and whatever the library
 * starts ends with it: when it is closed, when it dies, and when this process does, however that comes about.
 */
export class SnapshotProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lastLines: () => string[];
  #gone: Promise<void> | undefined;

  constructor(job: SnapshotJob, folder: string) {
    // Sources, as in development, are read by tsx: the folder it would be looked for from is not the one we are in.
    const loader = EXTENSION === ".ts" ? ["--import", import.meta.resolve("tsx")] : [];
    this.#child = spawn(process.execPath, [...loader, RUNNER, JSON.stringify(job)], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // A group of its own; under Windows it would mean a window.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    // Not guarded: it ends by itself when we are gone, and takes the folder with it.
    this.#exited = new Promise((resolve) => this.#child.once("exit", resolve).once("error", resolve));
    // It has no streams where no descriptor was left for it.
    const { stderr } = this.#child;
    this.#lastLines = stderr ? keepLastLines(stderr) : () => [];
  }

  /**
   * Takes a picture into a file. Resolves, once the program has ended, with what it complained of: whether there is a
   * picture, only the file tells. Rejects when the process is gone, or after `timeoutMs` milliseconds; close it then.
   */
  async shoot(file: string, timeoutMs: number): Promise<string> {
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(), timeoutMs);
    const answered = once(this.#child, "message", { signal: wait.signal }) as Promise<[SnapshotAnswer]>;
    const died = this.#exited.then((how) => {
      const reason = how instanceof Error ? [describeError(how)] : this.#lastLines();
      throw new Error(["node-webcam's process ended", ...reason].join(": "));
    });
    // What cannot be sent to a process that died is no news beside its death.
    if (this.#child.connected) this.#child.send(file, () => {});
    try {
      const [{ complaint }] = await Promise.race([answered, died]);
      return complaint;
    } catch (error) {
      throw wait.signal.aborted ? new Error(`it took longer than ${timeoutMs / 1000} s`) : error;
    } finally {
      clearTimeout(timer);
      wait.abort();
    }
  }

  /** Ends it and all it started; resolves when they are gone, within a second. */
  close(): Promise<void> {
    this.#gone ??= endGroup(this.#child, this.#exited);
    return this.#gone;
  }
}
