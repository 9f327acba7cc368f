import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a child may take to obey SIGTERM, in milliseconds: a driver has a second to stop (see driver.ts). */
const KILL_AFTER_MS = 800;

/** How long after SIGKILL a group is waited for, and how often it is looked at, in milliseconds. */
const GONE_WITHIN_MS = 100;
const LOOK_EVERY_MS = 10;

/** How much of what a child said last is kept, in characters; and how much of that goes into the error. */
const KEPT_LENGTH = 8192;
const QUOTED_LINES = 4;
const QUOTED_LINE_LENGTH = 300;

/**
 * Runs a program and yields what it writes to its standard output, until `signal` aborts.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches it only through us and helpers it starts end with it:
 * by SIGTERM, then SIGKILL, also when it dies before them. Throws when it cannot be started or ends by itself, with whatever status: a live source
 * has no end (ffmpeg exits with 0 when a USB camera is pulled out). The error has the last lines it wrote to stderr.
 */
export async function* runProgram(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, undefined> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  // "close" comes when its output is read to the end as well.
  const closed = once(child, "close") as Promise<[status: number | null, killedBy: string | null]>;
  closed.catch(() => {});
  const lastLines = keepLastLines(child.stderr);
  let gone: Promise<void> | undefined;
  const end = () => {
    gone ??= endGroup(child, exited);
  };
  const stop = () => {
    end();
    // It may be deaf to SIGTERM: whoever waits for its output is not to wait for that.
    child.stdout.destroy();
  };
  // A helper that outlived it would hold its output open, and nobody would learn of its death.
  child.once("exit", end);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
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

/**
 * Runs a program to its end and gives what it wrote to its standard output, as text. Throws when it cannot be started,
 * ends with a status other than 0, or `signal` aborts, which kills it.
 */
export async function readProgram(command: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], signal, killSignal: "SIGKILL" });
  const closed = once(child, "close") as Promise<[status: number | null]>;
  closed.catch(() => {});
  let output = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) output += chunk;
  const [status] = await closed;
  if (status !== 0) throw new Error(`${command} ended with status ${status}`);
  return output;
}

/** The first of some programs that is on the PATH; undefined when none is. */
export async function findProgram(names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      const isThere = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return name;
    }
  }
  return undefined;
}

/** True for the error of starting a program, or opening a file, that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Ends a child and its helpers by SIGTERM, and who is still there after a while by SIGKILL; resolves once all are gone. */
async function endGroup(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + KILL_AFTER_MS + GONE_WITHIN_MS;
  signalGroup(child, "SIGTERM");
  const killer = setTimeout(signalGroup, KILL_AFTER_MS, child, "SIGKILL");
  await exited;
  // Helpers that nobody reaps are seen for ever: hence the deadline.
  while (signalGroup(child, 0) && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
  clearTimeout(killer);
}

/** Sends `signal`, of which 0 does nothing, to a child and its helpers; false when none of them is there. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    // Windows has no process groups; elsewhere a negative id means the group, and lives as long as its last member.
    return process.platform === "win32" ? child.kill(signal) : process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

/** Gives the last lines of a stream so far. Reading it to the end also keeps the program from blocking on it. */
function keepLastLines(stream: Readable): () => string[] {
  let kept = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    kept = (kept + text).slice(-KEPT_LENGTH);
  });
  return () => {
    const lines = kept.split(/[\r\n]+/).map((line) => line.trim().slice(0, QUOTED_LINE_LENGTH));
    return lines.filter((line) => line !== "").slice(-QUOTED_LINES);
  };
}
