// @ts-check
/*
 * `npm run dev`: bundles the pages whenever src/web/ changes, and runs the server from its sources, which starts again
 * whenever they change. The bundles have no hash in their names, so that the server finds them again, and are readable.
 */
import { spawn } from "node:child_process";
import { rmSync, watch } from "node:fs";
import { join } from "node:path";
import { installDependencies, root } from "./setup.mjs";

/** An editor writes a file in several steps, and several files at a time. */
const SETTLE_MS = 100;

installDependencies();
// Not before they are there.
const { buildPages } = await import("./build-pages.mjs");
// These bundles are not those of `npm run build`, which therefore has to run again.
rmSync(join(root, "dist", ".built"), { force: true });
await bundle();

/** @type {NodeJS.Timeout | undefined} */
let settling;
watch(join(root, "src", "web"), { recursive: true }, () => {
  clearTimeout(settling);
  settling = setTimeout(bundle, SETTLE_MS);
});

const tsx = join(root, "node_modules", "tsx", "dist", "cli.mjs");
const args = [tsx, "watch", "--exclude", join(root, "src", "web", "**"), join(root, "src", "main.ts")];
const server = spawn(process.execPath, [...args, ...process.argv.slice(2)], { stdio: "inherit" });
server.on("exit", (code) => process.exit(code ?? 1));

async function bundle() {
  try {
    await buildPages({ isHashed: false });
  } catch {
    // esbuild has said what is wrong.
  }
}
