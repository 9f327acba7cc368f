// @ts-check
/*
 * `npm run coverage`: runs the tests, then prints which lines and branches of src/ none of them
 * reaches, in their processes and in the programs that they start; less than MIN is a failure.
 * Takes the same arguments as `npm test`. src/web/ runs in browsers and is not measured.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { countsIn } from "./coverage/counts.mjs";
import { pointsOf } from "./coverage/points.mjs";
import { coverageText, missedIn, shares } from "./coverage/report.mjs";
import { fail, root } from "./setup.mjs";
import { chosenTests } from "./tests/choose.mjs";
import { compiledFile } from "./tests/compile.mjs";
import { runGroups } from "./tests/run-groups.mjs";

/** The least share of lines and branches that the tests must reach. */
const MIN = { lines: 0.95, branches: 0.9 };

const { groups, only, isAll } = chosenTests();
const folder = mkdtempSync(join(tmpdir(), "stillstream-coverage-"));
try {
  const status = await runGroups(groups, { only, env: { NODE_V8_COVERAGE: folder } });
  const files = measure(folder);
  const { lines, branches } = shares(files);
  process.stdout.write(`\n${coverageText(files)}`);
  const isEnough = lines >= MIN.lines && branches >= MIN.branches;
  if (isAll && !isEnough) process.stdout.write(`Less than ${MIN.lines} of lines, or ${MIN.branches} of branches\n`);
  process.exitCode = status || (isAll && !isEnough ? 1 : 0);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Measures all sources of the program. The tests load them from .build/, the program from dist/;
 * both are the same compiled files.
 *
 * @param {string} folder
 */
function measure(folder) {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => /(?<!\.d)\.ts$/.test(path) && !path.startsWith(`web${sep}`))
    .map((path) => join("src", path))
    .sort();
  const compiled = new Map(sources.map((file) => [file, readFileSync(compiledFile(file), "utf8")]));
  for (const [file, code] of compiled) {
    const built = join(root, file.replace(/^src/, "dist").replace(/\.ts$/, ".js"));
    if (code !== readFileSync(built, "utf8")) fail(`${built} differs from ${compiledFile(file)}.`);
  }
  const counts = countsIn(folder, fileOf, (file) => compiled.get(file)?.length ?? 0);
  return sources.map((file) => ({ file, ...missedIn(pointsOf(compiledFile(file)), counts.get(file)) }));
}

/**
 * Returns the source of a script of the program.
 *
 * @param {string} url
 */
function fileOf(url) {
  if (!url.startsWith("file:")) return;
  const path = relative(root, fileURLToPath(url)).replace(/^(?:\.build[\\/]src|dist)(?=[\\/])/, "src");
  return /^src[\\/](?!web[\\/]).*\.js$/.test(path) ? path.replace(/\.js$/, ".ts") : undefined;
}
