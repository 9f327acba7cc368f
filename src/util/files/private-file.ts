import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withSettingsFile } from "./settings-files.ts";

/**
 * Writes a file for its owner alone: at any moment it is the old or the new one. @throws the
 * system's error.
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
    // The umask may have taken bits of the mode above.
    await chmod(unfinished, 0o600);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

/** Writing takes less than 1 s: older files are of killed processes. */
const LEFT_MS = 60_000;

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
 * Node's `recursive` never returns if the system answers ENOENT, as below /proc (seen on Node 20,
 * 2026-11-29).
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
