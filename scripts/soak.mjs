// @ts-check
/*
 * `npm run soak`: prepares a fresh clone, then runs what takes too long for the tests: a wall of 16
 * cameras for ten minutes, 50 viewers for an hour, and a publishing phone for ten minutes.
 * `-- --minutes 20 --viewers 20` sets other numbers; `-- viewers`, `-- phone` or `-- wall` runs one
 * alone.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runLong } from "./run-tests.mjs";
import { fail, makeReady, positive, root } from "./setup.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, viewers: { type: "string" } },
});
const folder = join("test", "soak");
const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(".soak.ts"));
const names = files.map((file) => file.replace(".soak.ts", ""));
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) fail(`There is no soak ${JSON.stringify(unknown)}; there are ${names.join(" and ")}.`);
const chosen = files.filter((_file, index) => positionals.length === 0 || positionals.includes(String(names[index])));
/**
 * @param {string} name of a variable
 * @param {string} option
 * @param {string | undefined} text
 */
const given = (name, option, text) => (text === undefined ? {} : { [name]: String(positive(option, text)) });
const env = {
  ...given("SOAK_MINUTES", "--minutes", values.minutes),
  ...given("SOAK_VIEWERS", "--viewers", values.viewers),
};
const paths = chosen
  .sort()
  .reverse()
  .map((file) => join(folder, file));
makeReady();
process.exit(await runLong(paths, 1, env));
