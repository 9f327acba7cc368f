import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { instrument } from "./instrument.ts";
import type { Site } from "./mutant.ts";

const RUNTIME = new URL("./runtime.js", import.meta.url).href;
/** Folders of which some files change. */
const COMPILED = new Set(["bench", "scripts", "src", "test"]);

const HARNESS = new URL("./harness.js", import.meta.url).href;

/**
 * Copies the compiled project, with all mutants of some files in it, and with tests that belong to
 * the harness instead of Node's runner.
 *
 * @param build the compiled project
 * @param folder of the copy
 */
export function buildMutants(
  build: string,
  folder: string,
  files: readonly { file: string; source: string; sites: readonly Site[] }[],
): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(build, { withFileTypes: true })) {
    const [from, to] = [join(build, entry.name), join(folder, entry.name)];
    rmSync(to, { recursive: true, force: true });
    if (COMPILED.has(entry.name)) cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".map") });
    else symlinkSync(from, to);
  }
  for (const { file, source, sites } of files) {
    writeFileSync(join(folder, compiledName(file)), instrument(source, sites, RUNTIME));
  }
  const tests = join(folder, "test");
  for (const name of readdirSync(tests, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".js")) continue;
    const path = join(tests, name);
    const text = readFileSync(path, "utf8");
    const own = text.replaceAll('from "node:test"', `from ${JSON.stringify(HARNESS)}`);
    if (own !== text) writeFileSync(path, own);
  }
}

export function compiledName(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

/** The project's folder, from this file's place in `.build/scripts/mutants`. */
export function projectFolder(): string {
  const folder = fileURLToPath(new URL("../../..", import.meta.url));
  if (!existsSync(join(folder, "package.json"))) throw new Error(`${folder} is not the project`);
  return folder;
}
