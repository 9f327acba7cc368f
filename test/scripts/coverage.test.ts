import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { ROOT } from "../support/paths.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SOURCE = `
const [kind = "", ...more]: string[] = process.argv.slice(2);

interface Unused {
  readonly name: string;
}

function never(): Unused {
  return { name: kind };
}

function sizeOf(text: string): string {
  if (text === "long") {
    return "many";
  }
  if (more.length > 1) process.exitCode = 2;
  switch (text) {
    case "one":
      return "1";
    case "two":
      return "2";
    default:
      return text.length > 9 ? "big" : "small";
  }
}

export const result = [sizeOf(kind), more.at(0) ?? "nothing", typeof never];
`;

test("the coverage of a file adds up its processes, and names lines and branches that none has reached", async (t) => {
  const folder = realpathSync(temporaryFolder(t));
  const counts = join(folder, "counts");
  mkdirSync(counts);
  const path = join(folder, "program.mjs");
  const { code, map } = transformSync(SOURCE, { loader: "ts", format: "esm", sourcemap: "external" });
  writeFileSync(path, code);
  writeFileSync(`${path}.map`, map);
  const url = (name: string) => pathToFileURL(join(ROOT, "scripts", "coverage", name)).href;
  const { pointsOf } = await import(url("points.mjs"));
  const { countsIn } = await import(url("counts.mjs"));
  const { coverageText, missedIn, shares } = await import(url("report.mjs"));
  for (const args of [["one"], ["two", "more"], ["other"]]) {
    execFileSync(process.execPath, [path, ...args], { env: { ...process.env, NODE_V8_COVERAGE: counts } });
  }
  writeFileSync(join(counts, "killed.json"), '{"result": [{"url": "file:');
  const fileOf = (script: string) => (script === pathToFileURL(path).href ? "src/program.ts" : undefined);
  const all = countsIn(counts, fileOf, () => code.length);
  const missed = missedIn(pointsOf(path), all.get("src/program.ts"));
  const lineOf = (text: string) => SOURCE.slice(0, SOURCE.indexOf(text)).split("\n").length;
  assert.deepEqual(missed.missedLines, [lineOf("return { name"), lineOf('return "many"')]);
  assert.deepEqual(missed.missedBranches, [
    lineOf("function never"),
    lineOf('if (text === "long")'),
    lineOf("if (more.length"),
    lineOf("return text.length"),
  ]);
  const report = coverageText([{ file: "src/program.ts", ...missed }]);
  assert.match(report, /^ {2}src\/program\.ts: 9 14 \| 8 13 16 23$/m);
  const share = shares([{ file: "src/program.ts", ...missed }]);
  assert.equal(share.lines, 1 - 2 / missed.lines);
  assert.equal(share.branches, 1 - 4 / missed.branches);
  assert.equal(shares([{ file: "src/unloaded.ts", ...missedIn(pointsOf(path), undefined) }]).lines, 0);
});
