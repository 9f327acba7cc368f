import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError } from "../../util/errors.ts";
import { endGroup } from "../../util/process/child-process.ts";
import { keepLastLines } from "../../util/process/last-lines.ts";
import type { SnapshotJob } from "./snapshot-programs.ts";
import type { SnapshotAnswer } from "./snapshot-runner.ts";

const EXTENSION = extname(import.meta.url);
const RUNNER = fileURLToPath(new URL(`./snapshot-runner${EXTENSION}`, import.meta.url));

/**
 * Runs node-webcam in a process that leads a group, so whatever the library starts ends with it.
 */
export class SnapshotProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lastLines: () => string[];
  #gone: Promise<void> | undefined;

  constructor(job: SnapshotJob, folder: string) {
    // tsx's path must not depend on the folder.
    const loader = EXTENSION === ".ts" ? ["--import", import.meta.resolve("tsx")] : [];
    this.#child = spawn(process.execPath, [...loader, RUNNER, JSON.stringify(job)], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    // Not guarded: it ends by itself when we are gone, and removes the folder.
    this.#exited = new Promise((resolve) => this.#child.once("exit", resolve).once("error", resolve));
    // Without a free descriptor it has no streams.
    const { stderr } = this.#child;
    this.#lastLines = stderr ? keepLastLines(stderr) : () => [];
  }

  /**
   * Resolves with the program's complaint: only the file tells success. Rejects when the process is
   * gone, or after `timeoutMs`; close it then.
   */
  async shoot(file: string, timeoutMs: number): Promise<string> {
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(), timeoutMs);
    const answered = once(this.#child, "message", { signal: wait.signal }) as Promise<[SnapshotAnswer]>;
    const died = this.#exited.then((how) => {
      const reason = how instanceof Error ? [describeError(how)] : this.#lastLines();
      throw new Error(["node-webcam's process ended", ...reason].join(": "));
    });
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

  /** Resolves within a second. */
  close(): Promise<void> {
    this.#gone ??= endGroup(this.#child, this.#exited);
    return this.#gone;
  }
}
