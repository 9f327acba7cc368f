import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { judge, reportText, scoreOf } from "../../scripts/mutants/report.ts";
import { testMutants } from "../../scripts/mutants/test-mutants.ts";
import { ROOT } from "../support/paths.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SAMPLE = "test/mutants/sample/numbers.ts";

const LINES: Readonly<Record<number, string>> = {
  10: "  return one > other ? one - other : other - one;",
  20: "  return age - 1;",
};

test("a fault in the sources is found if a test fails by it, and only then", async (t) => {
  const said: string[] = [];
  const results = await testMutants({
    root: ROOT,
    build: join(ROOT, ".build"),
    folder: join(temporaryFolder(t), "mutants"),
    files: [SAMPLE],
    testFiles: [SAMPLE.replace(".ts", ".sample.ts")],
    jobs: 1,
    say: (text) => said.push(text),
  });

  assert.deepEqual(
    results.map(
      ({ mutant: { line, before, after }, outcome }) => `${line} ${before.replace(/\s+/g, " ")} → ${after}: ${outcome}`,
    ),
    [
      '3 "hello" → "": killed',
      "6 age >= 18 → age > 18: killed",
      "6 age >= 18 → age < 18: killed",
      "6 age >= 18 → true: killed",
      "6 age >= 18 → false: killed",
      "10 one > other → one >= other: survived",
      "10 one > other → one <= other: killed",
      "10 one > other → true: killed",
      "10 one > other → false: killed",
      "10 one - other → one + other: killed",
      "10 other - one → other + one: killed",
      "15 left > 0 → left >= 0: killed",
      "15 left > 0 → left <= 0: killed",
      "15 left > 0 → false: killed",
      "15 left-- → left++: killed",
      "15 steps++ → steps--: killed",
      "20 age - 1 → age + 1: not covered",
      "28 age > 3 → age >= 3: killed",
      "28 age > 3 → age <= 3: survived",
      "28 age > 3 → true: killed",
      "28 age > 3 → false: killed",
    ],
  );
  assert.match(said.join("\n"), /Left out, as it fails without a mutant: .*a test that fails tells nothing/);

  const lineOf = ({ line }: { line: number }) => LINES[line] ?? "";
  const isEqual = {
    file: SAMPLE,
    line: "return one > other ? one - other : other - one;",
    before: "one > other",
    after: "one >= other",
    why: "equal numbers are the same",
  };
  const judged = judge(results, [isEqual], lineOf);
  assert.deepEqual(scoreOf(judged), {
    killed: 18,
    timeout: 0,
    survived: 1,
    uncovered: 1,
    explained: 1,
    score: 18 / 20,
  });
  const report = reportText(judged, lineOf);
  assert.match(report, /numbers\.ts:20:10 not covered \(- → \+\)\n {4}return age - 1;\n {4}age - 1 {2}→ {2}age \+ 1\n/);
  assert.doesNotMatch(report, /one >= other/);
});
