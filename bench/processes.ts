import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** Which core a process gets: servers have one for themselves, all that measures them shares the other. */
export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;

/** Open files for every process started: 1000 viewers and some. */
const OPEN_FILES = 4096;
const PORT_WAIT_MS = 15_000;
const STOP_WAIT_MS = 4000;

const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** A program the bench has started. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its stdout; empty when that goes to a log. */
  readonly output: Readable;
  /** Ends it: asks, then insists. Resolves when it is gone. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly cpu: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Where its output goes; without it stdout is ours to read, and stderr goes to ours. */
  readonly log?: string;
}

/** Starts a program on one core, with enough open files. Its pid is the program's own: shell and taskset `exec` it. */
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

/** Starts a program that listens on `port`; resolves when it does. */
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

/** A port of 127.0.0.1 nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}

/** Whether processes can be kept on cores of their own; without it the shares of a core mean less, and we say so. */
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
