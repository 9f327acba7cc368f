import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** For a test's `skip`: false if the program is on the PATH, else the command that installs it. */
export function needs(program: string, debianPackage = program): string | false {
  return findOnPath(program) === undefined && `needs ${program}: sudo apt-get install -y ${debianPackage}`;
}

/** Returns the path of a program; throws if it is not on the PATH. */
export function pathOf(program: string): string {
  const path = findOnPath(program);
  if (path === undefined) throw new Error(`${program} is not on the PATH`);
  return path;
}

function findOnPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Debian's Python has Debian's packages; another Python on the PATH does not. */
export const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

/** For a test's `skip`: false if Python has the module, else the command that installs it. */
export function needsPython(module: string, debianPackage: string): string | false {
  const { status } = spawnSync(PYTHON, ["-c", `import ${module}`], { stdio: "ignore" });
  return status === 0 ? false : `needs Python's ${module}: sudo apt-get install -y ${debianPackage}`;
}
