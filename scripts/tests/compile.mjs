// @ts-check
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasChanged, makeReady, root, runTool, stampWith } from "../setup.mjs";
import { enterCheckout } from "./checkout.mjs";

/** Holds the compiled sources of the program, of the tests and of the benchmarks. */
export const BUILD = join(root, ".build");

/** The emulated camera, for LD_PRELOAD; missing without a C compiler. */
export const FAKECAM = join(BUILD, "fakecam.so");

const COMPILED = ["src", "test", "bench", "scripts"];

/** Files that the sources find beside their folder. */
const LINKED = ["assets", "dist", "package.json", "public", "views"];

const INPUTS = [...COMPILED, "tsconfig.json", "tsconfig.tests.json", "tsconfig.build.json", "package-lock.json"];

const STAMP = join(BUILD, ".built");

/** Makes a checkout ready for a run of tests. */
export function makeTestsReady() {
  enterCheckout(
    BUILD,
    () => hasChanged(INPUTS, STAMP),
    () => {
      makeReady();
      compileTests();
    },
  );
}

/**
 * Compiles sources and tests once for all processes, from src/, test/, bench/ and scripts/ to
 * .build/, if one of them is newer than the last time. Types are checked by `npm run types`.
 */
function compileTests() {
  if (!hasChanged(INPUTS, STAMP)) return;
  const start = new Date();
  // First: the rest may be interrupted.
  for (const name of [".built", ...COMPILED, ...LINKED]) rmSync(join(BUILD, name), { recursive: true, force: true });
  for (const name of LINKED) symlinkSync(join("..", name), join(BUILD, name));
  runTool("typescript/bin/tsc", ["-p", "tsconfig.tests.json"]);
  if (process.platform === "linux") compileFakecam();
  stampWith(STAMP, start);
}

/** The tests that need it say what to install if it is missing. */
function compileFakecam() {
  const source = join(root, "test", "support", "cameras", "fakecam", "fakecam.c");
  const flags = ["-std=gnu17", "-O1", "-fPIC", "-shared", "-fvisibility=hidden"];
  spawnSync("cc", [...flags, "-o", FAKECAM, source, "-ldl", "-lpthread"], { stdio: "inherit" });
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
    .map((file) => join("test", file));
}
