// @ts-check
/*
 * `npm run dev`: bundles the pages when src/web/ changes, and runs the server from its sources,
 * restarting it when they change. The bundles are readable and have no hash in their names, so the
 * server finds them after a change.
 */
import { spawn } from "node:child_process";
import { rmSync, watch } from "node:fs";
import { join } from "node:path";
import { installDependencies, root } from "./setup.mjs";

/** An editor writes a file in several steps, and several files at a time. */
const SETTLE_MS = 100;

installDependencies();
// Not before the bundles exist.
const { buildPages } = await import("./build-pages.mjs");
// These bundles differ from those of `npm run build`, which must therefore run again.
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
process.on("SIGTERM", () => server.kill("SIGTERM"));

async function bundle() {
  try {
    await buildPages({ isHashed: false });
  } catch {
    // esbuild has reported the error.
  }
}
