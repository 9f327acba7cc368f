import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { peerScript } from "../paths.ts";
import { PYTHON } from "../tools.ts";

/** A Python program of this folder, running. */
export interface PythonPeer<T> {
  /** What it printed, one value for each line of JSON. */
  readonly said: readonly T[];
  readonly process: ChildProcess;
  /** Resolves with its status when it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts a Python program of this folder; ends it when the test ends. */
export function startPython<T>(t: TestContext, script: string, ...args: readonly string[]): PythonPeer<T> {
  const path = peerScript(script);
  const child = spawn(PYTHON, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const said: T[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(JSON.parse(line) as T));
  const ended = once(child, "close").then(([status]) => status as number | null);
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { said, process: child, ended };
}
