import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The core of a process: servers have one core alone; everything that measures them shares the
 * other.
 */
export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;

/** The limit of open files for each process: enough for 1000 viewers. */
const OPEN_FILES = 4096;
const PORT_WAIT_MS = 15_000;
const STOP_WAIT_MS = 4000;

const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** A running program of the bench. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its stdout; empty if that goes to a file. */
  readonly output: Readable;
  /** Ends it, by SIGTERM and then by SIGKILL. Resolves when it has ended. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly cpu: number;
  readonly env?: NodeJS.ProcessEnv;
  /** The file for its output. @default stdout is piped, stderr is inherited */
  readonly log?: string;
}

/**
 * Starts a program on one core, with enough open files. The process id is the program's own: shell
 * and taskset `exec` it.
 */
export function start(command: readonly string[], { cpu, env = {}, log }: StartOptions): Running {
  const pinned = canPin ? ["taskset", "-c", String(cpu), ...command] : command;
  const output = log === undefined ? undefined : openSync(log, "w");
  const child = spawn("sh", ["-c", `ulimit -S -n ${OPEN_FILES} 2>/dev/null; exec "$@"`, "sh", ...pinned], {
    env: { ...process.env, ...env },
    stdio: ["ignore", output ?? "pipe", output ?? "inherit"],
  });
  started.add(child);
  child.once("exit", () => started.delete(child));
  const { pid } = child;
  if (pid === undefined) throw new Error(`Could not start ${command[0]}`);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const insist = setTimeout(() => child.kill("SIGKILL"), STOP_WAIT_MS);
    await gone;
    clearTimeout(insist);
  };
  return { child, pid, output: child.stdout ?? Readable.from([]), stop };
}

/** Starts a program that listens on `port`; resolves when it listens. */
export async function startServer(
  command: readonly string[],
  port: number,
  options: StartOptions & { readonly log: string },
): Promise<Running> {
  const running = start(command, options);
  const giveUpAt = Date.now() + PORT_WAIT_MS;
  while (!(await listens(port))) {
    if (running.child.exitCode !== null || Date.now() > giveUpAt) {
      await running.stop();
      const said = readFileSync(options.log, "utf8").trim().split("\n").slice(-8).join("\n");
      throw new Error(`${command.join(" ")} does not listen on port ${port}. It said:\n${said || "nothing"}`);
    }
    await sleep(20);
  }
  return running;
}

/** Returns a port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}

/**
 * Whether processes can be bound to cores. Without it, shares of a core mean less, and the report
 * says so.
 */
export const canPin = availableParallelism() > 1 && tasksetRuns();

function tasksetRuns(): boolean {
  try {
    execFileSync("taskset", ["-c", String(CLIENT_CPU), "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
