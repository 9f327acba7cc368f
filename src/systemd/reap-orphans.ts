import { readdirSync, readFileSync } from "node:fs";

/** How often to look for orphans. libuv reaps the program's own children at once. */
const POLL_MS = 5000;

/** waitpid(2), Linux. */
const WNOHANG = 1;

/**
 * Reaps the orphans that the first process of a container inherits (pid_namespaces(7)), which keep
 * their entries in the process table. Does nothing in other processes, or without koffi.
 */
export async function reapOrphans(): Promise<void> {
  if (process.pid !== 1 || process.platform !== "linux") return;
  const loaded = await import("koffi").catch(() => undefined);
  const waitpid = loaded?.default.load(null).func("int waitpid(int, void *, int)");
  if (waitpid === undefined) return;
  let seen = new Set<number>();
  setInterval(() => {
    const zombies = new Set(zombiesOf(process.pid));
    // libuv may be about to read the status of a new one.
    for (const pid of zombies) if (seen.has(pid)) waitpid(pid, null, WNOHANG);
    seen = zombies;
  }, POLL_MS).unref();
}

function zombiesOf(parent: number): number[] {
  return processes()
    .map(Number)
    .filter((pid) => {
      const [, state, ppid] = /^\d+ \(.*\) (\S) (\d+) /s.exec(readStat(pid)) ?? [];
      return state === "Z" && Number(ppid) === parent;
    });
}

/** None while no descriptor is left. */
function processes(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    // Reaped meanwhile, or no descriptor is left.
    return "";
  }
}
