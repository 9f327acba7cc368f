import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** How long a child may take to obey SIGTERM, in milliseconds: a driver has a second to stop (see driver.ts). */
const KILL_AFTER_MS = 800;

/** How much of what a child said last is kept for the error: lines, and characters of each. */
const KEPT_LINES = 4;
const KEPT_LINE_LENGTH = 300;

/**
 * Runs a program and yields what it writes to its standard output, until `signal` aborts.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches it only through us and helpers it starts end with it:
 * by SIGTERM, then SIGKILL. Throws when it cannot be started or ends by itself, with whatever status: a live source
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
  const stop = () => killGroup(child, "SIGTERM");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const [status, killedBy] = await closed;
    if (signal.aborted) return;
    const how = killedBy === null ? `ended with status ${status}` : `was ended by ${killedBy}`;
    throw new Error([`${command} ${how}`, ...lastLines].join(": "));
  } catch (error) {
    if (signal.aborted) return;
    throw isMissing(error) ? new Error(`${command} is not installed`, { cause: error }) : error;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
    const killer = setTimeout(killGroup, KILL_AFTER_MS, child, "SIGKILL");
    await exited;
    clearTimeout(killer);
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

/** True for the error of starting a program, or opening a file, that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    // Windows has no process groups; elsewhere a negative id means the group.
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It ended in this moment.
  }
}

/** The last lines of a stream, kept up to date. Reading it to the end also keeps the program from blocking on it. */
function keepLastLines(stream: Readable): readonly string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on("line", (line) => {
    if (line.trim() === "") return;
    lines.push(line.trim().slice(0, KEPT_LINE_LENGTH));
    if (lines.length > KEPT_LINES) lines.shift();
  });
  return lines;
}
