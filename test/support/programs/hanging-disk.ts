import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ROOT } from "../paths.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { needs } from "../tools.ts";

/** Why nothing can hang here, or false. */
export const NEEDS_HANGING =
  process.platform === "linux" ? needs("cc", "gcc libc6-dev") : "preloads a library of Linux";

/** A disk and a name server that hang for a program while the test wants it. */
export interface Hanging {
  /** A folder whose files hang on open. */
  readonly folder: string;
  /** The environment of the program. Hosts with "hanging-host" in their names hang. */
  readonly env: Readonly<Record<string, string>>;
  begin(): void;
  end(): void;
}

/** Makes the disk for one test; it answers again when the test ends. */
export function hangingDisk(t: TestContext): Hanging {
  const own = temporaryFolder(t);
  const [library, flag, folder] = [join(own, "hanging.so"), join(own, "hangs"), join(own, "hanging-disk")];
  const source = join(ROOT, "test", "support", "programs", "hanging-disk.c");
  execFileSync("cc", ["-O1", "-fPIC", "-shared", "-o", library, source, "-ldl"]);
  mkdirSync(folder);
  const end = () => rmSync(flag, { force: true });
  t.after(end);
  return {
    folder,
    env: { LD_PRELOAD: library, HANGING: flag },
    begin: () => writeFileSync(flag, ""),
    end,
  };
}
