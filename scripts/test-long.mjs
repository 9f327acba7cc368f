// @ts-check
/*
 * `npm run test:long`: runs what takes longer than a test may, two hours in all. `npm test` has a
 * short form of each.
 * `npm run test:long -- fuzz` sends every listener and parser 100,000 cases of hostile or broken
 * input; `--runs N` sets another number.
 * `npm run test:long -- chaos` breaks everything around the program for five minutes; `--minutes 1
 * --seed 7` sets the duration and the order of events.
 * `npm run test:long -- flood` measures how many frames viewers receive while the server is
 * flooded; FLOOD_ARGS="--max-requests=0" gives the server options, here to measure without a limit.
 * `npm run test:long -- webcam` unplugs a webcam again and again.
 * `npm run test:long -- wall`, `phone` or `viewers` watches for growth: a wall of 16 cameras and a
 * publishing phone for ten minutes, 50 viewers for an hour; `--minutes 20 --viewers 20` sets other
 * numbers.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fail, positive } from "./setup.mjs";
import { findTests, makeTestsReady } from "./tests/compile.mjs";
import { runGroups } from "./tests/run-groups.mjs";

const number = /** @type {const} */ ({ type: "string" });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: number, viewers: number, seed: number, runs: number },
});

/**
 * Returns a variable of the environment, if its option was given.
 *
 * @param {string} name
 * @param {"minutes" | "viewers" | "runs"} option
 * @param {number} [factor]
 */
function given(name, option, factor = 1) {
  const text = values[option];
  return text === undefined ? {} : { [name]: String(positive(`--${option}`, text) * factor) };
}

/** @type {Record<string, { files: () => string[], env: () => Record<string, string> }>} */
const RUNS = {
  fuzz: {
    files: () => findTests().filter((file) => file.endsWith(".fuzz.ts")),
    env: () => ({ FUZZ_RUNS: "100000", ...given("FUZZ_RUNS", "runs") }),
  },
  chaos: {
    files: () => [join("test", "chaos", "chaos.test.ts")],
    env: () => ({
      CHAOS_SECONDS: "300",
      ...given("CHAOS_SECONDS", "minutes", 60),
      ...(values.seed !== undefined && { CHAOS_SEED: values.seed }),
    }),
  },
  flood: { files: () => [join("test", "long", "flood.long.ts")], env: () => given("FLOOD_SECONDS", "minutes", 60) },
  webcam: { files: () => [join("test", "long", "webcam.long.ts")], env: () => ({}) },
  ...Object.fromEntries(
    ["wall", "phone", "viewers"].map((name) => [
      name,
      {
        files: () => [join("test", "long", `${name}.long.ts`)],
        env: () => ({ ...given("SOAK_MINUTES", "minutes"), ...given("SOAK_VIEWERS", "viewers") }),
      },
    ]),
  ),
};

const unknown = positionals.find((name) => !(name in RUNS));
if (unknown !== undefined)
  fail(`There is no long test ${JSON.stringify(unknown)}. Use ${Object.keys(RUNS).join(", ")}.`);
makeTestsReady();
let status = 0;
for (const [name, { files, env }] of Object.entries(RUNS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const groups = files().map((file) => [file]);
  status = Math.max(status, await runGroups(groups, { env: env(), isLong: true }));
}
process.exit(status);
