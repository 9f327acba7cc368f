// @ts-check
/*
 * `npm run flood`: prepares a fresh clone, then measures how many frames viewers receive while the
 * server is flooded. Takes two minutes, on Linux.
 * `npm run flood -- --max-requests=0` passes options to the server, here to measure without a
 * limit.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, installDependencies, root } from "./setup.mjs";

if (process.platform !== "linux") throw new Error("The flood reads /proc: it runs on Linux only.");
installDependencies();
build();
const { status } = spawnSync(
  process.execPath,
  ["--import", "tsx", join("test", "flood", "main.ts"), ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
