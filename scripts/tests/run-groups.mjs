// @ts-check
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "./compile.mjs";
import { AT_ONCE } from "./plan.mjs";
import { failureText, junit, summary } from "./report.mjs";
import { isFailed, runGroup } from "./run-group.mjs";

/**
 * @typedef {import("./events.mjs").Result} Result
 * @typedef {import("./plan.mjs").Group} Group
 * @typedef {import("./run-group.mjs").RunOptions} RunOptions
 */

/** The results of the last run. */
const JUNIT = join(BUILD, "junit.xml");

/**
 * Runs groups of test files, prints what happens, and writes .build/junit.xml. Resolves with the
 * exit status: 0 if no test failed and at least one passed.
 *
 * @param {readonly Group[]} groups
 * @param {Partial<RunOptions>} [options]
 */
export async function runGroups(groups, { env = {}, only, isLong = false } = {}) {
  const start = performance.now();
  /** @type {Result[]} */
  const results = [];
  const lanes = Object.entries(AT_ONCE).flatMap(([lane, atOnce]) => {
    const waiting = groups.filter((group) => group.lane === lane);
    return Array.from({ length: atOnce }, async () => {
      for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
        const ran = await runGroup(group.files, { env, only, isLong });
        results.push(...ran.results);
        print(group, ran);
      }
    });
  });
  await Promise.all(lanes);
  const seconds = (performance.now() - start) / 1000;
  writeFileSync(JUNIT, junit(results, seconds));
  process.stdout.write(`\n${summary(results, seconds)}`);
  return results.length > 0 && !results.some(isFailed) ? 0 : 1;
}

/**
 * @param {Group} group
 * @param {{ results: readonly Result[], output: string }} ran
 */
function print({ files }, { results, output }) {
  const failed = results.filter(isFailed);
  const seconds = results.reduce((all, { ms }) => all + ms, 0) / 1000;
  const title = files.length === 1 ? files[0] : `${files.length} files from ${files[0]}`;
  process.stdout.write(`${failed.length > 0 ? "✖" : "✔"} ${title}: ${results.length} tests, ${seconds.toFixed(1)} s\n`);
  if (failed.length === 0) return;
  process.stdout.write(failed.map(failureText).join("\n"));
  if (output !== "") process.stdout.write(`  Their process printed:\n${output.replace(/^/gm, "  ")}\n`);
}
