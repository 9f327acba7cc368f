// @ts-check
/*
 * `npm run chaos`: prepares a fresh clone, then breaks everything around the program for five
 * minutes: viewers come, leave and stall, sources fail and recover, programs are killed.
 * `-- --minutes 1 --seed 7` sets the duration and the order of events.
 */
import { parseArgs } from "node:util";
import { runLong } from "./run-tests.mjs";
import { makeReady, positive } from "./setup.mjs";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "5" }, seed: { type: "string" } } });
const env = {
  CHAOS_SECONDS: String(positive("--minutes", values.minutes) * 60),
  ...(values.seed !== undefined && { CHAOS_SEED: values.seed }),
};
makeReady();
process.exit(await runLong(["test/chaos/chaos.test.ts"], 1, env));
