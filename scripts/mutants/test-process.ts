import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Counts, Order, Report } from "./messages.ts";
import { MUTANT_VARIABLE } from "./runtime.ts";

const WORKER = fileURLToPath(new URL("./worker.js", import.meta.url));

/** Loading takes a second or two. */
const MAX_LOAD_MS = 60_000;

/** After the time of a test: a process that does not answer loops. */
const GRACE_MS = 2000;

type Ran = Omit<Extract<Report, { kind: "ran" }>, "result"> & {
  readonly result: "passed" | "failed" | "late" | "dead";
};

export interface RunOptions {
  readonly mutant: number;
  readonly limitMs: number;
  readonly times: number;
}

/** A process that has loaded test files, and runs their tests one by one. */
export class TestProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #tests: Extract<Report, { kind: "loaded" }>["tests"] = [];
  #counts: Counts = {};
  #answer: (report: Report | "dead") => void = () => {};

  private constructor(files: readonly string[], cwd: string, mutant: number) {
    this.#folder = mkdtempSync(join(tmpdir(), "stillstream-mutants-"));
    const reached = join(this.#folder, "reached");
    writeFileSync(reached, "");
    this.#child = spawn(process.execPath, [WORKER, ...files], {
      cwd,
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: {
        FUZZ_RUNS: "100",
        ...process.env,
        MUTANTS_REACHED_FILE: reached,
        [MUTANT_VARIABLE]: String(mutant),
        TMPDIR: this.#folder,
      },
    });
    this.#child.on("message", (report: Report) => this.#answer(report));
    this.#child.on("exit", () => this.#answer("dead"));
  }

  /**
   * Loads compiled test files, with a mutant on, or 0. Returns the reason if that fails: an error,
   * or "late".
   */
  static async start(files: readonly string[], cwd: string, mutant = 0): Promise<TestProcess | string> {
    const started = new TestProcess(files, cwd, mutant);
    const report = await started.#next(MAX_LOAD_MS);
    if (typeof report === "object" && report.kind === "loaded") {
      started.#tests = report.tests;
      started.#counts = report.counts;
      return started;
    }
    started.end();
    return typeof report === "string" ? report : report.kind === "broken" ? report.why : report.kind;
  }

  get tests(): Extract<Report, { kind: "loaded" }>["tests"] {
    return this.#tests;
  }

  /** How often each mutant was reached while the files were loaded. */
  get counts(): Counts {
    return this.#counts;
  }

  /** Runs one test. After "late" and "dead" the process has ended. */
  async run(test: number, options: RunOptions): Promise<Ran> {
    const order: Order = { kind: "run", test, ...options };
    this.#child.send(order);
    const report = await this.#next(options.limitMs + GRACE_MS);
    const ran: Ran =
      typeof report === "object" && report.kind === "ran"
        ? report
        : { kind: "ran", result: report === "late" ? "late" : "dead", ms: options.limitMs, counts: {} };
    if (ran.result === "late" || ran.result === "dead") this.end();
    return ran;
  }

  /** Kills the process, and those that its tests started. */
  end(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #next(limitMs: number): Promise<Report | "late" | "dead"> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve("late"), limitMs);
      this.#answer = (report) => {
        clearTimeout(timer);
        resolve(report);
      };
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) this.#answer("dead");
    });
  }
}
