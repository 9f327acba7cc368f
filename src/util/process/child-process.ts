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
import { spawnGuarded } from "./guard.ts";
import { keepLastLines } from "./last-lines.ts";

/** A driver has 1 s to stop (driver.ts). */
const KILL_AFTER_MS = 800;

const GONE_WITHIN_MS = 100;
const LOOK_EVERY_MS = 10;

/** `ffmpeg -h full` writes 1 MB (ffmpeg 5.1, 2026-11-29). */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/**
 * Yields a program's standard output until `signal` aborts.
 *
 * It leads its own process group, so Ctrl-C does not reach it, and its helpers end with it. Throws
 * if it cannot start or ends, with any status: ffmpeg exits with 0 when a USB camera is unplugged.
 * The error quotes its stderr, redacted.
 */
export async function* runProgram(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
  { redactor, input }: RunOptions = {},
): AsyncGenerator<Buffer, undefined> {
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = spawnGuarded(command, args, { stdio: [stdin, "pipe", "pipe"], detached: true });
  await refuseUnstarted(command, child);
  write(child, input);
  const stdout = child.stdout as Readable;
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const closed = once(child, "close") as Promise<[status: number | null, killedBy: string | null]>;
  closed.catch(() => {});
  const lastLines = keepLastLines(child.stderr as Readable, redactor);
  let gone: Promise<void> | undefined;
  const end = () => {
    gone ??= endGroup(child, exited);
  };
  const stop = () => {
    end();
    stdout.destroy();
  };
  // A helper that outlives it would hold its output open.
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
  /** @default hides nothing */
  readonly redactor?: Redactor | undefined;
  /** @default nothing */
  readonly input?: string | undefined;
}

export interface ReadOptions extends Pick<RunOptions, "input"> {
  /** @default never */
  readonly signal?: AbortSignal;
  /** @default no limit */
  readonly timeoutMs?: number;
  /** @default "stdout" */
  readonly output?: "stdout" | "stderr";
  /** @default false */
  readonly anyStatus?: boolean;
}

/**
 * Runs a program and returns its output. @throws if it cannot start, exits with another status than
 * 0, takes too long, or writes over 8 MB.
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
    const child = spawnGuarded(command, args, {
      stdio: [
        input === undefined ? "ignore" : "pipe",
        output === "stdout" ? "pipe" : "ignore",
        output === "stderr" ? "pipe" : "ignore",
      ],
      signal: limit.signal,
      killSignal: "SIGKILL",
    });
    await refuseUnstarted(command, child);
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
  child.stdin?.on("error", () => {}).end(input);
}

/**
 * Without a descriptor, streams are missing, and only an event tells why
 * (https://github.com/nodejs/node/issues/43905).
 */
async function refuseUnstarted(command: string, child: ChildProcess): Promise<void> {
  if (child.stdio !== undefined) return;
  const [error] = (await once(child, "error")) as [Error];
  throw new Error(`${command} could not be started: ${describeError(error)}`, { cause: error });
}

export interface FoundProgram {
  readonly name: string;
  readonly path: string;
}

/** Returns the first program that is on the PATH. */
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

/** Returns whether a program or file was missing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/**
 * Ends a child and its process group: by SIGTERM, after 0.8 s by SIGKILL. Resolves once all are
 * gone.
 */
export async function endGroup(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + KILL_AFTER_MS + GONE_WITHIN_MS;
  ending.add(child);
  signalGroup(child, "SIGTERM");
  const killer = setTimeout(signalGroup, KILL_AFTER_MS, child, "SIGKILL");
  await exited;
  // Helpers that no process reaps never go; hence the deadline.
  while (signalGroup(child, 0) && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
  clearTimeout(killer);
  ending.delete(child);
}

const ending = new Set<ChildProcess>();

/** Kills children that are still ending, before this process ends. */
export function killEndingGroups(): void {
  for (const child of ending) signalGroup(child, "SIGKILL");
}

/** Returns false if none exist; 0 only checks. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  if (process.platform === "win32") return signal === 0 ? child.exitCode === null : endTree(child);
  try {
    // A negative id means the group.
    return process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

/** Windows has no groups, and helpers outlive their parent. */
function endTree(child: ChildProcess): boolean {
  if (child.exitCode !== null) return false;
  const killer = spawn("taskkill", ["/PID", String(child.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true });
  killer.once("error", () => child.kill());
  return true;
}
