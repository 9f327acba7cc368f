import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The three programs of the bench, compiled. */
export interface Programs {
  /** The camera: see source.c. */
  readonly source: string;
  /** The viewers: see load.c. */
  readonly load: string;
  /** The baseline: see fanout.c. */
  readonly fanout: string;
}

/** Compiles the bench's C programs into `folder`. */
export async function compilePrograms(folder: string): Promise<Programs> {
  const [source, load, fanout] = await Promise.all(
    ["source", "load", "fanout"].map(async (name) => {
      const output = `${folder}/${name}`;
      await compile(["-O2", "-o", output, fileURLToPath(new URL(`${name}.c`, import.meta.url))]);
      return output;
    }),
  );
  return { source: source ?? "", load: load ?? "", fanout: fanout ?? "" };
}

/**
 * The V4L2 emulator that lets ustreamer run without a camera, or why there is none.
 *
 * It is no part of this repository: `FAKECAM_SO` names the built library, `FAKECAM_SOURCE` the folder of its source,
 * by default `../shared/fakecam` beside the repository. (`FAKECAM_DIR` is taken: the emulator's folder of pictures.)
 */
export async function findFakecam(folder: string): Promise<{ library: string } | { missing: string }> {
  const built = process.env["FAKECAM_SO"];
  if (built !== undefined)
    return existsSync(built) ? { library: built } : { missing: `FAKECAM_SO=${built} is no file` };
  const source = process.env["FAKECAM_SOURCE"] ?? fileURLToPath(new URL("../../shared/fakecam", import.meta.url));
  if (!existsSync(`${source}/fakecam.c`)) return { missing: "no V4L2 emulator: set FAKECAM_SO or FAKECAM_SOURCE" };
  const library = `${folder}/fakecam.so`;
  const flags = ["-std=gnu17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden"];
  await compile([...flags, "-o", library, `${source}/fakecam.c`, "-ldl", "-lpthread"]);
  return { library };
}

/** Whether a program is on the PATH. */
export function installed(program: string): Promise<boolean> {
  return run(program, ["--version"]).then(
    () => true,
    () => false,
  );
}

async function compile(args: readonly string[]): Promise<void> {
  try {
    await run("cc", args);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("The bench needs a C compiler named cc: install one, on Debian with `apt install gcc libc6-dev`.");
  }
}
