import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { extname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ConvertJob, ConvertOutcome } from "./convert-runner.ts";
import { readBlocks, writeBlock, writeJson } from "./length-prefixed.ts";

/** What runs in the process: a file beside this one, built or not as it is. */
const EXTENSION = extname(import.meta.url);
const RUNNER = fileURLToPath(new URL(`./convert-runner${EXTENSION}`, import.meta.url));

/**
 * What Node, sharp and an input take before anything is decoded, in bytes: 117 MB of data after a small PNG, and 64 MB of
 * input (measured 2026-11-29, Node 20, sharp 0.35).
 */
const OWN_MEMORY = 256 * 1024 * 1024;

/**
 * How many times its decoded size an image may take. Of 8000×8000 pixels WebP takes 3.7 times of it, as it is decoded with
 * an opacity and copied; PNG and TIFF take less than once; AVIF takes six times, so that the largest are refused (measured
 * 2026-11-29, sharp 0.35).
 */
const MEMORY_FACTOR = 4;

/** The most that an answer may be: a JPEG at quality 100 is smaller than its pixels. */
const MAX_ANSWER_BYTES = 2 ** 31;

/** How much of what the process wrote to its error output is kept, in characters. */
const KEPT_LENGTH = 2000;

const SHELL = "/bin/sh";

/**
 * A process that decodes images: libvips' work in this process could be neither ended nor bounded. Its memory is limited by
 * the system where that can, it writes no core, and it ends when its standard input does, so also when this process is
 * killed. It does not keep this process alive while it lives.
 */
export class ConverterProcess {
  readonly #child: ChildProcess & { readonly stdin: Writable };
  readonly #answers: AsyncGenerator<Buffer, undefined>;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<unknown>;
  #isEnded = false;
  #lastWords = "";

  /**
   * `maxBytes` is what a decoded image may take.
   * @throws Error, saying why, when the system has no descriptor left to start it with.
   */
  constructor(maxBytes: number) {
    const [command, ...args] = limited([process.execPath, ...loader(), RUNNER], maxBytes);
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: foreignEnvironment(),
      // A group of its own, so that Ctrl-C reaches it only through us; under Windows it would mean a window.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    this.#child = child;
    this.#ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      child.once("exit", (status, signal) =>
        resolve(signal === null ? `ended with status ${status}` : `ended by ${signal}`),
      );
    }).finally(() => {
      this.#isEnded = true;
    });
    // Without a descriptor left there are no streams; the error follows, and is heard above.
    if (child.stdin === undefined) throw new Error("could not be started: this process has no file descriptor left");
    // Its death is told by `#ended`.
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-KEPT_LENGTH);
    });
    this.#answers = readBlocks(child.stdout, MAX_ANSWER_BYTES);
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Readable & { unref(): void }).unref();
    this.#ready = this.#next();
    this.#ready.catch(() => {});
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves once it takes jobs. Rejects, saying how it ended, when it never does. */
  async ready(): Promise<void> {
    await this.#ready;
  }

  /** Does a job, one at a time; rejects, saying how, when the process ends before the answer. */
  async run(job: ConvertJob, image: Uint8Array): Promise<{ outcome: ConvertOutcome; jpeg: Buffer }> {
    writeJson(this.#child.stdin, job);
    writeBlock(this.#child.stdin, image);
    const outcome = JSON.parse((await this.#next()).toString()) as ConvertOutcome;
    return { outcome, jpeg: await this.#next() };
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    // What waits for its end is waited for.
    this.#child.ref();
    this.#child.kill("SIGKILL");
  }

  async #next(): Promise<Buffer> {
    const { value } = await this.#answers.next();
    if (value !== undefined) return value;
    this.#child.ref();
    const how = await this.#ended;
    const lines = this.#lastWords.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    // Node writes where an error was thrown before it.
    const words = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0];
    throw new Error(words === undefined ? how : `${how}: ${words.trim()}`);
  }
}

/** Sources, as in development, are read by tsx. */
function loader(): readonly string[] {
  return EXTENSION === ".ts" ? ["--import", import.meta.resolve("tsx")] : [];
}

/**
 * The command, with a limit to its data, which on Linux counts all private memory that can be written (RLIMIT_DATA,
 * getrlimit(2)). Limits of address space would not do: V8 reserves a gigabyte that it does not use. Other systems have no
 * such limit; there the header and the clock alone bound an image.
 */
function limited(command: readonly [string, ...string[]], maxBytes: number): readonly [string, ...string[]] {
  if (process.platform !== "linux" || !existsSync(SHELL)) return command;
  const kilobytes = Math.floor((OWN_MEMORY + MEMORY_FACTOR * maxBytes) / 1024);
  // A limit that is lower already stays.
  return [SHELL, "-c", `ulimit -c 0; ulimit -d ${kilobytes}; exec "$@"`, "sh", ...command];
}

/** The environment without settings of ours, among which are passwords. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const own = /^(STILLSTREAM_|CAMERA$|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
