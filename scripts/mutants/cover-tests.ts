import type { Counts } from "./messages.ts";
import type { RunnerOptions } from "./run-mutants.ts";
import { TestProcess } from "./test-process.ts";

/** No test takes longer without a mutant. */
const MAX_TEST_MS = 120_000;

export interface CoveredTest {
  /** Its place among the tests of a process that has loaded all files. */
  readonly index: number;
  /** Compiled. */
  readonly file: string;
  readonly name: string;
  readonly ms: number;
  /** How often it reaches each mutant. */
  readonly counts: Counts;
  /** The sources of the mutants that it reaches. */
  readonly files: ReadonlySet<string>;
}

export interface Coverage {
  readonly tests: CoveredTest[];
  /** Mutants of code that runs once in a process. */
  readonly atLoad: Set<number>;
}

/**
 * Runs all tests twice, without a mutant. Leaves out those that fail, the second time too: they
 * cannot tell anything.
 */
export async function coverTests(options: RunnerOptions): Promise<Coverage> {
  const tests: CoveredTest[] = [];
  const [atLoad, once, again] = [new Set<number>(), new Set<number>(), new Set<number>()];
  let next = 0;
  const lane = async () => {
    let process = await startAll(options);
    addAll(atLoad, process.counts);
    for (let index = next++; index < process.tests.length; index = next++) {
      if (process.tests[index]?.isSkipped) continue;
      const covered = await runTwice(process, index, options);
      if (covered !== undefined) {
        tests.push(covered.test);
        addAll(once, covered.first);
        addAll(again, covered.second);
      } else {
        process.end();
        process = await startAll(options);
      }
    }
    process.end();
  };
  await Promise.all(Array.from({ length: options.jobs }, lane));
  for (const id of once) if (!again.has(id)) atLoad.add(id);
  return { tests: tests.sort((one, other) => one.index - other.index), atLoad };
}

/** Starts a process that has loaded all test files. */
export async function startAll({ testFiles, root }: RunnerOptions): Promise<TestProcess> {
  const started = await TestProcess.start(testFiles, root);
  if (typeof started === "string") throw new Error(`The tests do not load: ${started}`);
  return started;
}

async function runTwice(
  process: TestProcess,
  index: number,
  { fileOf, say }: RunnerOptions,
): Promise<{ test: CoveredTest; first: Counts; second: Counts } | undefined> {
  const { file, name } = process.tests[index] as { file: string; name: string };
  const run = async () => await process.run(index, { mutant: 0, limitMs: MAX_TEST_MS, times: 0 });
  const first = await run();
  const second = first.result === "passed" ? await run() : first;
  if (second.result !== "passed") {
    const when = first.result === "passed" ? "a second time in one process" : "without a mutant";
    say(`Left out, as it fails ${when}: ${file}: ${name}\n${second.why ?? second.result}`);
    return undefined;
  }
  const counts = { ...first.counts, ...second.counts };
  const files = new Set(Object.keys(counts).map((id) => fileOf(Number(id))));
  const test = { index, file, name, ms: Math.max(first.ms, second.ms), counts, files };
  return { test, first: first.counts, second: second.counts };
}

function addAll(ids: Set<number>, counts: Counts): void {
  for (const id of Object.keys(counts)) ids.add(Number(id));
}
