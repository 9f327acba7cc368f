import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder } from "./build-mutants.ts";
import { changedLines } from "./changed-lines.ts";
import type { Mutant } from "./mutant.ts";
import { AIM, type Explanation, judge, reportText, scoreOf } from "./report.ts";
import { testMutants } from "./test-mutants.ts";

/* Called by scripts/mutants.mjs. */

/** Folders of `src` whose tests must kill mutants. */
const FOLDERS = ["core", "jpeg", "abr", "auth", "http/access", "http/limits"];

/** Tests that are not in the folder of the same name. */
const MORE_TESTS: Readonly<Record<string, readonly string[]>> = {
  auth: ["test/http/access"],
  jpeg: ["test/fuzz/jpeg.fuzz.ts"],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    since: { type: "string" },
    again: { type: "boolean", default: false },
    jobs: { type: "string", default: String(availableParallelism()) },
  },
});

const root = projectFolder();
const changed = values.since === undefined ? undefined : changedLines(root, values.since);
let isEnough = true;
for (const name of positionals.length === 0 ? FOLDERS : positionals) isEnough = (await testFolder(name)) && isEnough;
process.exit(isEnough ? 0 : 1);

/** Returns whether tests kill enough of a folder's mutants. */
async function testFolder(name: string): Promise<boolean> {
  const say = (text: string) => process.stderr.write(`${name}: ${text}\n`);
  const folder = join(root, ".cache", "mutants", name.replaceAll("/", "-"));
  const survivorsFile = join(folder, "survivors.json");
  const survivors =
    values.again && existsSync(survivorsFile) ? new Set(JSON.parse(readFileSync(survivorsFile, "utf8"))) : undefined;
  const choose = (mutants: readonly Mutant[]) => {
    const chosen = mutants
      .filter((mutant) => survivors === undefined || survivors.has(keyOf(mutant)))
      .filter(({ file, line }) => changed === undefined || changed.get(file)?.has(line));
    return values.sample === undefined ? chosen : sampleOf(chosen, Number(values.sample));
  };
  const started = Date.now();
  const files = filesOf(join("src", name));
  const testFiles = [join("test", name), ...(MORE_TESTS[name] ?? [])].flatMap(filesOf).filter(isTest);
  const build = join(root, ".build");
  const results = await testMutants({ root, build, folder, files, testFiles, jobs: Number(values.jobs), choose, say });
  const explanations: Explanation[] = JSON.parse(readFileSync(join(root, "scripts/mutants/explained.json"), "utf8"));
  const judged = judge(results, explanations, lineOf);
  const alive = judged.filter(({ outcome }) => outcome === "survived" || outcome === "not covered");
  writeFileSync(survivorsFile, JSON.stringify(alive.map(({ mutant }) => keyOf(mutant))));
  writeFileSync(join(folder, "results.json"), JSON.stringify(judged));
  process.stdout.write(reportText(judged, lineOf));
  say(`${Math.round((Date.now() - started) / 1000)} s`);
  return scoreOf(judged).score >= AIM;
}

function filesOf(path: string): string[] {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (path.endsWith(".ts")) return [path];
  return readdirSync(full, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => join(path, file));
}

function isTest(file: string): boolean {
  return /\.(test|fuzz)\.ts$/.test(file);
}

/** Returns mutants at equal distances. */
function sampleOf(mutants: readonly Mutant[], count: number): Mutant[] {
  if (mutants.length <= count) return [...mutants];
  return Array.from({ length: count }, (_, index) => mutants[Math.floor((index * mutants.length) / count)] as Mutant);
}

/** Names a mutant by its text: its place may move. */
function keyOf(mutant: Mutant): string {
  const { file, before, after, operator } = mutant;
  return JSON.stringify([file, lineOf(mutant).trim(), before, after, operator]);
}

function lineOf({ file, line }: Mutant): string {
  return readFileSync(join(root, file), "utf8").split("\n")[line - 1] ?? "";
}
