// @ts-check
/*
 * `npm run flood`: makes a fresh clone ready, then measures what those who watch keep of their pictures while the server is flooded, in
 * two minutes, on Linux. `npm run flood -- --max-requests=0` gives the server options: what no limit would do.
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
