import { randomBytes } from "node:crypto";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a file that only its owner may read, with its folder where that is missing. The file is the
 * old one or the new one at any moment, and nothing is left behind when this fails.
 *
 * @throws the system's error when the file cannot be written.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(4).toString("hex")}`;
  await makeFolder(dirname(path));
  try {
    await writeFile(unfinished, text, { mode: 0o600, flag: "wx" });
    // The mode above is subject to the process's mask, which may take bits away.
    await chmod(unfinished, 0o600);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Makes a folder and those above it, for their owner alone. Node's own `recursive` never returns
 * where the system refuses to make a folder by ENOENT, as below /proc (seen on Node 20, 2026-11-29).
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}
