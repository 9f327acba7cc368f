// `npm run bench`: builds if a source has changed, then measures. For options see `npm run bench --
// --help`.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

if (isStale()) run([`${root}/node_modules/typescript/bin/tsc`, "-p", "tsconfig.build.json"]);
run(["--import", "tsx", "bench/main.ts", ...process.argv.slice(2)]);

/** Returns true if a source is newer than the build. */
function isStale() {
  const main = `${root}/dist/main.js`;
  if (!existsSync(main)) return true;
  const files = readdirSync(`${root}/src`, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.some(
    (file) => statSync(`${file.parentPath ?? file.path}/${file.name}`).mtimeMs > statSync(main).mtimeMs,
  );
}

/** Runs node with `args`; exits with its status if it fails. */
function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
