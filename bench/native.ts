import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The compiled programs of the bench. */
export interface Programs {
  /** The camera: see source.c. */
  readonly source: string;
  /** The viewers: see load.c. */
  readonly load: string;
  /** A viewer on a slow link: see link.c. */
  readonly link: string;
  /** The baseline: see fanout.c. */
  readonly fanout: string;
}

/** Compiles the C programs of the bench into `folder`. */
export async function compilePrograms(folder: string): Promise<Programs> {
  const [source, load, link, fanout] = await Promise.all(
    ["source", "load", "link", "fanout"].map(async (name) => {
      const output = `${folder}/${name}`;
      await compile(["-O2", "-o", output, fileURLToPath(new URL(`${name}.c`, import.meta.url))]);
      return output;
    }),
  );
  return { source: source ?? "", load: load ?? "", link: link ?? "", fanout: fanout ?? "" };
}

/**
 * Builds the V4L2 emulator of the tests (test/support/cameras/fakecam), with which ustreamer runs
 * without a camera.
 */
export async function buildFakecam(folder: string): Promise<string> {
  const library = `${folder}/fakecam.so`;
  const source = fileURLToPath(new URL("../test/support/cameras/fakecam/fakecam.c", import.meta.url));
  const flags = ["-std=gnu17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden"];
  await compile([...flags, "-o", library, source, "-ldl", "-lpthread"]);
  return library;
}

/** Returns whether a program is on the PATH, by running it with `--version`. */
export function installed(program: string, versionOption = "--version"): Promise<boolean> {
  return run(program, [versionOption]).then(
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
