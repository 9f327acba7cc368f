// @ts-check
// `npm run bench`: builds if a source has changed, then measures. For options see `npm run bench --
// --help`.
import { spawnSync } from "node:child_process";
import { build, root } from "./setup.mjs";

build();
const args = ["--import", "tsx", "bench/main.ts", ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
