import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** For a test's `skip`: false when the program is on the PATH, else what to run to have it. */
export function needs(program: string, debianPackage = program): string | false {
  return findOnPath(program) === undefined && `needs ${program}: sudo apt-get install -y ${debianPackage}`;
}

/** Where a program is; throws when it is not on the PATH. */
export function pathOf(program: string): string {
  const path = findOnPath(program);
  if (path === undefined) throw new Error(`${program} is not on the PATH`);
  return path;
}

function findOnPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Debian's own Python has Debian's packages; another one first on the PATH has not. */
export const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

/** For a test's `skip`: false when Python has the module, else what to run to have it. */
export function needsPython(module: string, debianPackage: string): string | false {
  const { status } = spawnSync(PYTHON, ["-c", `import ${module}`], { stdio: "ignore" });
  return status === 0 ? false : `needs Python's ${module}: sudo apt-get install -y ${debianPackage}`;
}
