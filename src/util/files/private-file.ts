import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withSettingsFile } from "./settings-files.ts";

/**
 * Writes a file that only its owner may read, with its folder where that is missing. The file is the
 * old one or the new one at any moment, and nothing is left behind when this fails.
 *
 * @throws the system's error when the file cannot be written.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await withSettingsFile(`Writing ${path}`, () => write(path, text));
}

async function write(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(4).toString("hex")}`;
  await makeFolder(dirname(path));
  await removeLeft(path);
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

/** An unfinished file older than this, in milliseconds, is of a process that was killed: to write one takes less than a second. */
const LEFT_MS = 60_000;

/** Removes what a process left beside a file that was killed while it wrote it. */
async function removeLeft(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  const start = `${basename(path)}.`;
  for (const name of names) {
    if (!name.startsWith(start) || !/^[0-9a-f]{8}$/.test(name.slice(start.length))) continue;
    const left = join(dirname(path), name);
    const ageMs = await stat(left).then(
      ({ mtimeMs }) => Math.abs(Date.now() - mtimeMs),
      () => 0,
    );
    if (ageMs > LEFT_MS) await rm(left, { force: true }).catch(() => {});
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
