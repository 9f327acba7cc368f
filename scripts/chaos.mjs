// @ts-check
/*
 * `npm run chaos`: makes a fresh clone ready, then has everything happen to the program that can happen to it, for five minutes: viewers
 * come, go and stall, sources die and come back, programs are killed. `-- --minutes 1 --seed 7` sets how long, and what happens.
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
