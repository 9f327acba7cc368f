import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { linkedController } from "../abort.ts";
import { readAll } from "../byte-collector.ts";
import { describeError } from "../errors.ts";
import type { Redactor } from "../secrets/redactor.ts";
import { guard } from "./guard.ts";
import { keepLastLines } from "./last-lines.ts";

/** How long a child may take to obey SIGTERM, in milliseconds: a driver has a second to stop (see driver.ts). */
const KILL_AFTER_MS = 800;

/** How long after SIGKILL a group is waited for, and how often it is looked at, in milliseconds. */
const GONE_WITHIN_MS = 100;
const LOOK_EVERY_MS = 10;

/** The most that a program may write to be read whole, in bytes: `ffmpeg -h full` writes 1 MB (ffmpeg 5.1, 2026-11-29). */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/**
 * Runs a program and yields what it writes to its standard output, until `signal` aborts.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches it only through us and helpers it starts end with it:
 * by SIGTERM, then SIGKILL, also when it dies before them. Throws when it cannot be started or ends by itself, with whatever status: a live source
 * has no end (ffmpeg exits with 0 when a USB camera is pulled out). The error has the last lines it wrote to stderr,
 * which `redactor` has seen whole.
 */
export async function* runProgram(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
  { redactor, input }: RunOptions = {},
): AsyncGenerator<Buffer, undefined> {
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = spawn(command, args, { stdio: [stdin, "pipe", "pipe"], detached: true });
  await refuseUnstarted(command, child);
  guard(child);
  write(child, input);
  const stdout = child.stdout as Readable;
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  // "close" comes when its output is read to the end as well.
  const closed = once(child, "close") as Promise<[status: number | null, killedBy: string | null]>;
  closed.catch(() => {});
  const lastLines = keepLastLines(child.stderr as Readable, redactor);
  let gone: Promise<void> | undefined;
  const end = () => {
    gone ??= endGroup(child, exited);
  };
  const stop = () => {
    end();
    // It may be deaf to SIGTERM: whoever waits for its output is not to wait for that.
    stdout.destroy();
  };
  // A helper that outlived it would hold its output open, and nobody would learn of its death.
  child.once("exit", end);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    yield* stdout as AsyncIterable<Buffer>;
    const [status, killedBy] = await closed;
    if (signal.aborted) return;
    const how = killedBy === null ? `ended with status ${status}` : `was ended by ${killedBy}`;
    throw new Error([`${command} ${how}`, ...lastLines()].join(": "));
  } catch (error) {
    if (signal.aborted) return;
    throw isMissing(error) ? new Error(`${command} is not installed`, { cause: error }) : error;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
    await gone;
  }
}

export interface RunOptions {
  /** Hides secrets in what it complains of. @default hides nothing */
  readonly redactor?: Redactor | undefined;
  /** What it reads from its standard input. @default nothing */
  readonly input?: string | undefined;
}

export interface ReadOptions extends Pick<RunOptions, "input"> {
  /** Kills it when it aborts. @default never */
  readonly signal?: AbortSignal;
  /** How long it may take, in milliseconds, before it is killed. @default for ever */
  readonly timeoutMs?: number;
  /** Which of its outputs is read. @default "stdout" */
  readonly output?: "stdout" | "stderr";
  /** True where its status says nothing of what it wrote. @default false */
  readonly anyStatus?: boolean;
}

/**
 * Runs a program to its end and gives what it wrote, as text. Throws when it cannot be started, ends with a status other
 * than 0, takes too long, writes more than 8 MB, or `signal` aborts.
 */
export async function readProgram(
  command: string,
  args: readonly string[],
  { signal, timeoutMs, input, output = "stdout", anyStatus = false }: ReadOptions = {},
): Promise<string> {
  const limit = linkedController(signal ?? new AbortController().signal);
  const isLate = () => limit.abort(new Error(`${command} took longer than ${(timeoutMs ?? 0) / 1000} s`));
  const timer = timeoutMs === undefined ? undefined : setTimeout(isLate, timeoutMs);
  try {
    const child = spawn(command, args, {
      stdio: [
        input === undefined ? "ignore" : "pipe",
        output === "stdout" ? "pipe" : "ignore",
        output === "stderr" ? "pipe" : "ignore",
      ],
      signal: limit.signal,
      killSignal: "SIGKILL",
    });
    await refuseUnstarted(command, child);
    guard(child);
    write(child, input);
    const closed = once(child, "close") as Promise<[status: number | null]>;
    closed.catch(() => {});
    const text = (await readAll(child[output] as Readable, MAX_TEXT_BYTES)).toString();
    const [status] = await closed;
    if (status !== 0 && !anyStatus) throw new Error(`${command} ended with status ${status}`);
    return text;
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    clearTimeout(timer);
    limit.release();
  }
}

function write(child: ChildProcess, input: string | undefined): void {
  // It may end before it has read it: its status tells.
  child.stdin?.on("error", () => {}).end(input);
}

/**
 * Throws where the process has no descriptor left for a child: its streams are missing then, and only an event
 * tells why (https://github.com/nodejs/node/issues/43905).
 */
async function refuseUnstarted(command: string, child: ChildProcess): Promise<void> {
  if (child.stdio !== undefined) return;
  const [error] = (await once(child, "error")) as [Error];
  throw new Error(`${command} could not be started: ${describeError(error)}`, { cause: error });
}

/** A program on the PATH. */
export interface FoundProgram {
  /** What it was looked for by. */
  readonly name: string;
  readonly path: string;
}

/** The first of some programs that is on the PATH; undefined when none is. */
export async function findProgram(names: readonly string[]): Promise<FoundProgram | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, process.platform === "win32" ? `${name}.exe` : name);
      const isThere = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return { name, path };
    }
  }
  return undefined;
}

/** True for the error of starting a program, or opening a file, that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/**
 * Ends a child that leads a process group of its own, and its helpers: by SIGTERM, and who is still there after 0.8 s by
 * SIGKILL. Resolves once all are gone, which `exited` tells of the child itself.
 */
export async function endGroup(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + KILL_AFTER_MS + GONE_WITHIN_MS;
  ending.add(child);
  signalGroup(child, "SIGTERM");
  const killer = setTimeout(signalGroup, KILL_AFTER_MS, child, "SIGKILL");
  await exited;
  // Helpers that nobody reaps are seen for ever: hence the deadline.
  while (signalGroup(child, 0) && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
  clearTimeout(killer);
  ending.delete(child);
}

/** Children that were told to end, and have not yet. */
const ending = new Set<ChildProcess>();

/** Ends those at once that `endGroup` waits for, since this process is about to end. */
export function killEndingGroups(): void {
  for (const child of ending) signalGroup(child, "SIGKILL");
}

/** Sends `signal`, of which 0 does nothing, to a child and its helpers; false when none of them is there. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  if (process.platform === "win32") return signal === 0 ? child.exitCode === null : endTree(child);
  try {
    // A negative id means the group, and lives as long as its last member.
    return process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

/** Windows has neither groups nor signals, and lets helpers outlive their parent: taskkill ends them with it. */
function endTree(child: ChildProcess): boolean {
  if (child.exitCode !== null) return false;
  const killer = spawn("taskkill", ["/PID", String(child.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true });
  killer.once("error", () => child.kill());
  return true;
}
