import { type CoveredTest, coverTests, startAll } from "./cover-tests.ts";
import type { Mutant, Outcome } from "./mutant.ts";
import { TestProcess } from "./test-process.ts";

/** More than a test's own time: a machine may be busy. */
const MIN_LIMIT_MS = 3000;
const LIMIT_FACTOR = 6;

/** A process keeps what its tests leave in memory. */
const MAX_RUNS = 2000;

export interface RunnerOptions {
  /** The project's folder, where tests run. */
  readonly root: string;
  /** Compiled. */
  readonly testFiles: readonly string[];
  readonly jobs: number;
  /** Returns the source of a mutant. */
  readonly fileOf: (id: number) => string;
  readonly say: (text: string) => void;
}

export interface MutantResult {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
  /** The test that failed. */
  readonly by?: string;
}

/** Runs each mutant with the tests that reach it, until one fails. */
export async function runMutants(mutants: readonly Mutant[], options: RunnerOptions): Promise<MutantResult[]> {
  const { tests, atLoad } = await coverTests(options);
  const run = new Run(tests, atLoad, options);
  const waiting = [...mutants];
  const results: MutantResult[] = [];
  let said = Date.now();
  await Promise.all(
    Array.from({ length: options.jobs }, async () => {
      const lane = new Lane(options);
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        results.push(await run.run(mutant, lane));
        if (Date.now() - said > 30_000) {
          said = Date.now();
          options.say(`${results.length} of ${mutants.length} mutants`);
        }
      }
      lane.end();
    }),
  );
  return results.sort((one, other) => one.mutant.id - other.mutant.id);
}

/** A process at a time, replaced when it has ended. */
class Lane {
  readonly #options: RunnerOptions;
  #process: TestProcess | undefined;
  #runs = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  async process(): Promise<TestProcess> {
    if (this.#runs++ > MAX_RUNS) this.end();
    if (this.#process !== undefined) return this.#process;
    this.#runs = 0;
    this.#process = await startAll(this.#options);
    return this.#process;
  }

  end(): void {
    this.#process?.end();
    this.#process = undefined;
  }
}

class Run {
  readonly #tests: readonly CoveredTest[];
  readonly #atLoad: ReadonlySet<number>;
  readonly #options: RunnerOptions;
  /** How many mutants of a file each test has killed. */
  readonly #kills = new Map<string, number>();

  constructor(tests: readonly CoveredTest[], atLoad: ReadonlySet<number>, options: RunnerOptions) {
    this.#tests = tests;
    this.#atLoad = atLoad;
    this.#options = options;
  }

  async run(mutant: Mutant, lane: Lane): Promise<MutantResult> {
    const own = this.#tests.filter(({ counts }) => counts[mutant.id] !== undefined);
    if (this.#atLoad.has(mutant.id)) return await this.#runFresh(mutant, own);
    if (own.length === 0) return { mutant, outcome: "not covered" };
    let isTainted = false;
    const tests = this.#sorted(own, mutant);
    for (let index = 0; index < tests.length; index++) {
      const test = tests[index] as CoveredTest;
      const process = await lane.process();
      const { result } = await process.run(test.index, { mutant: mutant.id, ...limits(test, mutant) });
      if (result === "passed") continue;
      if (result !== "failed") {
        lane.end();
        return this.#killed(mutant, test, result === "late" ? "timeout" : "killed");
      }
      const again = await process.run(test.index, { mutant: 0, ...limits(test, mutant) });
      if (again.result === "passed") return this.#killed(mutant, test, "killed");
      // What an earlier mutant left behind may have failed the test: a new process tells.
      lane.end();
      if (isTainted) return this.#killed(mutant, test, "killed");
      isTainted = true;
      index--;
    }
    return { mutant, outcome: "survived" };
  }

  /** Runs a mutant of code that runs once, in a process that has loaded it. */
  async #runFresh(mutant: Mutant, own: readonly CoveredTest[]): Promise<MutantResult> {
    // A test may see the value alone, and reach no other mutant.
    const near = new Set(this.#tests.filter(({ files }) => files.has(mutant.file)).map(({ file }) => file));
    const candidates = near.size > 0 ? this.#tests.filter(({ file }) => near.has(file)) : this.#tests;
    const tests = [...new Set([...this.#sorted(own, mutant), ...this.#sorted(candidates, mutant)])];
    const files = [...new Set(tests.map(({ file }) => file))];
    const process = await TestProcess.start(files, this.#options.root, mutant.id);
    if (typeof process === "string") return { mutant, outcome: "killed", by: "the load of the tests" };
    try {
      for (const test of tests) {
        const index = process.tests.findIndex(({ file, name }) => file === test.file && name === test.name);
        const { result } = await process.run(index, { mutant: mutant.id, ...limits(test, mutant) });
        if (result !== "passed") return this.#killed(mutant, test, result === "late" ? "timeout" : "killed");
      }
    } finally {
      process.end();
    }
    return { mutant, outcome: "survived" };
  }

  #killed(mutant: Mutant, test: CoveredTest, outcome: Outcome): MutantResult {
    const key = `${mutant.file} ${test.index}`;
    this.#kills.set(key, (this.#kills.get(key) ?? 0) + 1);
    return { mutant, outcome, by: `${test.file}: ${test.name}` };
  }

  /** Returns quick tests first, and those that have killed mutants of the file. */
  #sorted(tests: readonly CoveredTest[], { file }: Mutant): CoveredTest[] {
    const cost = ({ ms, index }: CoveredTest) => (ms + 1) / (1 + (this.#kills.get(`${file} ${index}`) ?? 0));
    return tests.toSorted((one, other) => cost(one) - cost(other));
  }
}

function limits({ ms, counts }: CoveredTest, { id }: Mutant): { limitMs: number; times: number } {
  return { limitMs: MIN_LIMIT_MS + LIMIT_FACTOR * ms, times: 1000 + 20 * (counts[id] ?? 0) };
}
