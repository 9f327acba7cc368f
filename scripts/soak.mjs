// @ts-check
/*
 * `npm run soak`: makes a fresh clone ready, then runs what takes long and is no part of the tests: 50 viewers for an hour, and then a
 * phone that sends for as long. `-- --minutes 10 --viewers 20` sets other numbers; `-- viewers` runs the first alone.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { positive, root, runTests } from "./setup.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, viewers: { type: "string" } },
});
const folder = join("test", "soak");
const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(".soak.ts"));
const chosen = files.filter((file) => positionals.length === 0 || positionals.includes(file.replace(".soak.ts", "")));
/**
 * @param {string} name of a variable
 * @param {string} option
 * @param {string | undefined} text
 */
const given = (name, option, text) => (text === undefined ? {} : { [name]: String(positive(option, text)) });
runTests(
  chosen
    .sort()
    .reverse()
    .map((file) => join(folder, file)),
  { ...given("SOAK_MINUTES", "--minutes", values.minutes), ...given("SOAK_VIEWERS", "--viewers", values.viewers) },
);
