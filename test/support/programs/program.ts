import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { MAIN } from "../paths.ts";

/** The built program, running. */
export interface Program {
  readonly process: ChildProcess;
  /** Its URL, without a trailing slash. */
  readonly url: string;
  /** What it wrote so far. */
  output(): string;
  errors(): string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** @default that of this checkout's build */
  readonly main?: string;
}

/** On a busy machine a start takes a hundred times as long as alone. */
const MAX_START_MS = 60_000;

/** Runs the built program to its end; returns its status and what it wrote. */
export async function runProgramToEnd(args: readonly string[], { env, cwd }: ProgramOptions = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env }, cwd });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}

/**
 * Starts the built program on a free port of 127.0.0.1 and waits until it listens; stops it when
 * the test ends.
 */
export async function startProgram(
  t: TestContext,
  args: readonly string[],
  { env, cwd, main = MAIN }: ProgramOptions = {},
): Promise<Program> {
  const child = spawn(process.execPath, [main, "--host", "127.0.0.1", "--port", "0", ...args], {
    env: { ...process.env, ...env },
    cwd,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  t.after(() => stopProgram(child));
  const url = await until(
    `stillstream listens (it wrote: ${stderr})`,
    () => {
      if (child.exitCode !== null) throw new Error(`stillstream ended with ${child.exitCode}: ${stderr}`);
      return /https?:\/\/\S+(?=\/\s)/.exec(stdout)?.[0];
    },
    MAX_START_MS,
  );
  return { process: child, url, output: () => stdout, errors: () => stderr };
}

/**
 * Returns an environment in which Node does not find that package, as if it could not be installed.
 */
export function withoutPackage(name: string): Record<string, string> {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier === ${JSON.stringify(name)}) throw new Error("Cannot find package '${name}'");
    return next(specifier, context);
  }`;
  const moduleOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(moduleOf(hooks))});`;
  return { NODE_OPTIONS: `--import=${moduleOf(register)}` };
}

/** Sends SIGTERM and waits for the end. */
async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}
