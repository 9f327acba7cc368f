import { readFileSync, writeFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { endFiles, type KeptTest, takeTests } from "./harness.ts";
import type { Order, Report } from "./messages.ts";
import { MUTANT_VARIABLE, REACHED_VARIABLE, takeCounts, turnOn } from "./runtime.ts";

/*
 * The process that runs tests with mutants: loads the files of its command line, then runs one test
 * an order. `STILLSTREAM_MUTANT` turns a mutant on before the files are loaded.
 */

// Tests may stop the time.
const { setTimeout, clearTimeout, performance } = globalThis;
const now = performance.now.bind(performance);

const reachedFile = process.env["MUTANTS_REACHED_FILE"] as string;
const tests: KeptTest[] = [];

let fail: (error: unknown) => void = () => {};
process.on("uncaughtException", (error) => fail(error));
process.on("unhandledRejection", (error) => fail(error));

async function load(files: readonly string[]): Promise<void> {
  const found: { file: string; name: string; isSkipped: boolean }[] = [];
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  for (const file of files) {
    await Promise.race([import(pathToFileURL(file).href), failed]);
    for (const one of takeTests()) {
      tests.push(one);
      found.push({ file, name: one.name, isSkipped: one.isSkipped });
    }
  }
  fail = () => {};
  send({ kind: "loaded", tests: found, counts: takeCounts() });
}

async function run({ test, mutant, limitMs, times }: Extract<Order, { kind: "run" }>): Promise<void> {
  const isCounted = mutant === 0;
  turnOn(mutant, times);
  process.env[MUTANT_VARIABLE] = String(mutant);
  if (isCounted) process.env[REACHED_VARIABLE] = reachedFile;
  else delete process.env[REACHED_VARIABLE];
  takeCounts();
  const start = now();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), limitMs);
  });
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const passed = (async () => {
    await (tests[test] as KeptTest).run();
    // What the test leaves behind may fail right after it.
    await nextTurn();
    return "passed" as const;
  })();
  passed.catch(() => {});
  const result = await Promise.race([passed, limit, failed]).then(
    (result) => ({ result }),
    (error: unknown) => ({ result: "failed" as const, why: inspect(error).slice(0, 2000) }),
  );
  clearTimeout(timer);
  turnOn(0, 0);
  send({ kind: "ran", ...result, ms: now() - start, counts: isCounted ? { ...takeReached(), ...takeCounts() } : {} });
}

/** Returns the mutants that other processes reached. */
function takeReached(): Record<number, number> {
  const ids = readFileSync(reachedFile, "utf8").split("\n").filter(Boolean);
  writeFileSync(reachedFile, "");
  return Object.fromEntries(ids.map((id) => [id, 1]));
}

function send(report: Report): void {
  process.send?.(report);
}

process.on("message", (order: Order) => {
  if (order.kind === "run") void run(order);
  else void endFiles().finally(() => process.exit());
});
process.on("disconnect", () => process.exit());
await load(process.argv.slice(2)).catch((error: unknown) => send({ kind: "broken", why: inspect(error) }));
