// @ts-check
/*
 * `npm run soak`: makes a fresh clone ready, then runs what takes minutes and is no part of the tests: a phone that sends for
 * ten of them. SOAK_MINUTES=N sets another number.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build, installDependencies, installTools, root } from "./setup.mjs";

installDependencies();
build();
installTools();
const folder = join("test", "soak");
const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(".soak.ts"));
const { status } = spawnSync(
  process.execPath,
  ["--import", "tsx", "--test", "--test-reporter=spec", ...files.sort().map((file) => join(folder, file))],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
