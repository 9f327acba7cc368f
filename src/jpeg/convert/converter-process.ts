import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { extname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ConvertJob, ConvertOutcome } from "./convert-runner.ts";
import { readBlocks, writeBlock, writeJson } from "./length-prefixed.ts";

const EXTENSION = extname(import.meta.url);
const RUNNER = fileURLToPath(new URL(`./convert-runner${EXTENSION}`, import.meta.url));

/**
 * The memory before decoding. Measured 2026-11-29, Node 20, sharp 0.35: 117 MB after a small PNG;
 * 64 MB for the input.
 */
const OWN_MEMORY = 256 * 1024 * 1024;

/**
 * Measured 2026-11-29, sharp 0.35, 8000×8000 pixels: WebP with alpha takes 3.7 times its decoded
 * size, PNG and TIFF less than once, AVIF six times, so the largest are refused.
 */
const MEMORY_FACTOR = 4;

/** A JPEG at quality 100 is smaller than its pixels. */
const MAX_ANSWER_BYTES = 2 ** 31;

const KEPT_LENGTH = 2000;

const SHELL = "/bin/sh";

/**
 * Decodes images in a process, since libvips' work could be neither ended nor bounded here. Does
 * not keep this process alive.
 */
export class ConverterProcess {
  readonly #child: ChildProcess & { readonly stdin: Writable };
  readonly #answers: AsyncGenerator<Buffer, undefined>;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<unknown>;
  #isEnded = false;
  #lastWords = "";

  /** @throws Error if no descriptor is left to start it. */
  constructor(maxBytes: number) {
    const [command, ...args] = limited([process.execPath, ...loader(), RUNNER], maxBytes);
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: foreignEnvironment(),
      // Its own group, so Ctrl-C does not reach it; under Windows it would mean a window.
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
    // Without a descriptor there are no streams; the error event follows.
    if (child.stdin === undefined) throw new Error("could not be started: this process has no file descriptor left");
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

  /** Resolves once it takes jobs; rejects if it ends before. */
  async ready(): Promise<void> {
    await this.#ready;
  }

  /** Runs a job, one at a time; rejects if the process ends. */
  async run(job: ConvertJob, image: Uint8Array): Promise<{ outcome: ConvertOutcome; jpeg: Buffer }> {
    writeJson(this.#child.stdin, job);
    writeBlock(this.#child.stdin, image);
    const outcome = JSON.parse((await this.#next()).toString()) as ConvertOutcome;
    return { outcome, jpeg: await this.#next() };
  }

  kill(): void {
    this.#child.ref();
    this.#child.kill("SIGKILL");
  }

  async #next(): Promise<Buffer> {
    const { value } = await this.#answers.next();
    if (value !== undefined) return value;
    this.#child.ref();
    const how = await this.#ended;
    const lines = this.#lastWords.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    // Node writes an error's place before it.
    const words = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0];
    throw new Error(words === undefined ? how : `${how}: ${words.trim()}`);
  }
}

function loader(): readonly string[] {
  return EXTENSION === ".ts" ? ["--import", import.meta.resolve("tsx")] : [];
}

/**
 * Limits private writable memory (RLIMIT_DATA, getrlimit(2)); V8 reserves too much address space to
 * limit that. Outside Linux, header and clock alone bound an image.
 */
function limited(command: readonly [string, ...string[]], maxBytes: number): readonly [string, ...string[]] {
  if (process.platform !== "linux" || !existsSync(SHELL)) return command;
  const kilobytes = Math.floor((OWN_MEMORY + MEMORY_FACTOR * maxBytes) / 1024);
  // A lower limit stays.
  return [SHELL, "-c", `ulimit -c 0; ulimit -d ${kilobytes}; exec "$@"`, "sh", ...command];
}

/** Removes our settings: some are passwords. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const own = /^(STILLSTREAM_|CAMERA$|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
