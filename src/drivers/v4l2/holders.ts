import { readdir, readFile, readlink, realpath } from "node:fs/promises";

export interface Holder {
  readonly pid: number;
  readonly name: string;
}

const MAX_NAMED = 3;

/** Finds other processes that have `path` open: only root sees those of other users. */
export async function findHolders(path: string): Promise<Holder[]> {
  const target = await realpath(path).catch(() => path);
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: Holder[] = [];
  for (const pid of pids) {
    if (Number(pid) !== process.pid && found.length < MAX_NAMED && (await holds(pid, target))) {
      const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a program");
      found.push({ pid: Number(pid), name: name.trim() });
    }
  }
  return found;
}

async function holds(pid: string, target: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const fds = await readdir(folder).catch(() => []);
  const links = await Promise.all(fds.map((fd) => readlink(`${folder}/${fd}`).catch(() => "")));
  return links.includes(target);
}
