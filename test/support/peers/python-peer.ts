import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { peerScript } from "../paths.ts";
import { PYTHON } from "../tools.ts";

/** A line of JSON from a peer. */
type Fact = Readonly<Record<string, unknown>>;

/** A Python program that speaks a wire format, running. */
export interface PythonPeer {
  /** What it printed so far. */
  readonly facts: readonly Fact[];
  /** Returns each value for `key` so far. */
  values<T>(key: string): T[];
  /** Waits until there are `count` values for `key`; returns them. */
  said<T>(key: string, count?: number): Promise<T[]>;
  readonly ended: boolean;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  end(): Promise<void>;
}

/**
 * Starts a script of this folder; ends it when the test ends. Without `t` the caller must end it.
 */
export function startPeer(
  t: TestContext | undefined,
  script: string,
  ...args: readonly (string | number)[]
): PythonPeer {
  const path = peerScript(script);
  const child = spawn(PYTHON, ["-u", path, ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const facts: Fact[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => facts.push(JSON.parse(line)));
  child.stdin.on("error", () => {});
  const values = <T>(key: string) => facts.flatMap((fact) => (key in fact ? [fact[key] as T] : []));
  const end = async () => {
    child.stdin.end();
    await closed;
  };
  t?.after(end);
  return {
    facts,
    values,
    said: <T>(key: string, count = 1) =>
      until(`${script} says ${key} ${count} times`, () => (values(key).length >= count ? values<T>(key) : undefined)),
    get ended() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    tell: (line) => child.stdin.write(`${line}\n`),
    end,
  };
}
