import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { withSettingsFile } from "../util/files/settings-files.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface StorageFacts {
  readonly folder: string;
  readonly isWritable: boolean;
  /** In bytes; undefined where that cannot be told. */
  readonly free: number | undefined;
  /** Whether anything is kept there as things are configured. */
  readonly isUsed: boolean;
}

const ABOUT = "State folder";

/** A certificate with its key is 2 KB; a disk with less than this is full to everything else too. In bytes. */
const ENOUGH = 10 * 2 ** 20;

/** Can what is to outlive a restart be kept? */
export function judgeStorage({ folder, isWritable, free, isUsed }: StorageFacts): Finding[] {
  const bad = isUsed ? problem : note;
  if (!isWritable) {
    const what = `The folder ${folder} cannot be written to${isUsed ? "" : ", which --tls-self-signed would need"}.`;
    return [bad("state", ABOUT, what, "Give this user the folder, or name another with --state-dir.")];
  }
  if (free !== undefined && free < ENOUGH) {
    const what = `The disk of ${folder} is full: ${Math.floor(free / 2 ** 20)} MB are left.`;
    return [bad("state", ABOUT, what, "Delete something there, or name a folder elsewhere with --state-dir.")];
  }
  return [ok("state", ABOUT, `The folder ${folder} can be written to.`)];
}

/** Looks at the folder, or where it is to be made, without making it. */
export async function inspectStorage(folder: string, isUsed: boolean): Promise<StorageFacts> {
  const hung = { folder, isWritable: false, free: undefined, isUsed };
  return await withSettingsFile(`Looking at ${folder}`, () => look(folder, isUsed)).catch(() => hung);
}

async function look(folder: string, isUsed: boolean): Promise<StorageFacts> {
  const there = await nearest(folder);
  const [isWritable, free] = await Promise.all([
    access(there, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ),
    statfs(there).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    ),
  ]);
  return { folder, isWritable, free, isUsed };
}

/** The folder, or else the first above it that is there. */
async function nearest(folder: string): Promise<string> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : await nearest(dirname(folder));
}
