import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { withSettingsFile } from "../util/files/settings-files.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface StorageFacts {
  readonly folder: string;
  readonly isWritable: boolean;
  readonly freeBytes: number | undefined;
  readonly isUsed: boolean;
}

const ABOUT = "State folder";

/** A certificate with its key takes 2 KB; a disk with less is full for other programs, too. */
const ENOUGH_BYTES = 10 * 2 ** 20;

/** Judges whether the server can keep certificates and keys across restarts. */
export function judgeStorage({ folder, isWritable, freeBytes, isUsed }: StorageFacts): Finding[] {
  const bad = isUsed ? problem : note;
  if (!isWritable) {
    const what = `This user cannot write to the folder ${folder}${isUsed ? ", which keeps the certificate" : ", which --tls-self-signed needs"}.`;
    return [bad("state", ABOUT, what, "Give this user the folder, or choose another with --state-dir.")];
  }
  if (freeBytes !== undefined && freeBytes < ENOUGH_BYTES) {
    const what = `The disk of the folder ${folder} is almost full: ${Math.floor(freeBytes / 2 ** 20)} MB are free.`;
    return [bad("state", ABOUT, what, "Free space there, or choose a folder on another disk with --state-dir.")];
  }
  return [ok("state", ABOUT, `This user can write to the folder ${folder}.`)];
}

/** Inspects the folder, or the nearest one above it. */
export async function inspectStorage(folder: string, isUsed: boolean): Promise<StorageFacts> {
  const hung = { folder, isWritable: false, freeBytes: undefined, isUsed };
  return await withSettingsFile(`Looking at ${folder}`, () => look(folder, isUsed)).catch(() => hung);
}

async function look(folder: string, isUsed: boolean): Promise<StorageFacts> {
  const there = await nearest(folder);
  const [isWritable, freeBytes] = await Promise.all([
    access(there, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ),
    statfs(there).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    ),
  ]);
  return { folder, isWritable, freeBytes, isUsed };
}

async function nearest(folder: string): Promise<string> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : await nearest(dirname(folder));
}
