// @ts-check
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasChanged, root, runTool } from "../setup.mjs";

/** Holds the compiled sources of the program, of the tests and of the benchmarks. */
export const BUILD = join(root, ".build");

const COMPILED = ["src", "test", "bench", "scripts"];

/** Files that the sources find beside their folder. */
const LINKED = ["assets", "dist", "package.json", "public", "views"];

/**
 * Compiles sources and tests once for all processes, from src/, test/, bench/ and scripts/ to
 * .build/, if one of them is newer than the last time. Types are checked by `npm run types`.
 */
export function compileTests() {
  const stamp = join(BUILD, ".built");
  if (!hasChanged([...COMPILED, "tsconfig.json", "tsconfig.tests.json", "package-lock.json"], stamp)) return;
  rmSync(BUILD, { recursive: true, force: true });
  mkdirSync(BUILD);
  for (const name of LINKED) symlinkSync(join("..", name), join(BUILD, name));
  runTool("typescript/bin/tsc", ["-p", "tsconfig.tests.json"]);
  writeFileSync(stamp, "");
}

/**
 * Returns the compiled file of a source.
 *
 * @param {string} file such as `test/core/camera.test.ts`
 */
export function compiledFile(file) {
  return resolve(BUILD, file.replace(/\.ts$/, ".js"));
}

/** Returns the paths of all test files from the project's folder. */
export function findTests() {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(test|fuzz)\.ts$/.test(file))
    .sort()
    .map((file) => join("test", file))
    .filter((file) => existsSync(join(root, file)));
}
