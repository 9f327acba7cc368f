import { readdirSync, readFileSync } from "node:fs";

/**
 * CPU time a process and its living descendants have used, in seconds; the kernel's work for their system calls counts,
 * and on loopback that includes most of the receiver's TCP. From /proc/PID/task/TID/schedstat (nanoseconds on a CPU),
 * because the ticks of /proc/PID/stat, 10 ms, are too coarse for one viewer.
 */
export function cpuSeconds(pid: number): number {
  return schedstat(pid, 0) + sum(children(pid), cpuSeconds);
}

/** How long a process and its descendants were ready to run while others had the CPU, in seconds. */
export function waitedSeconds(pid: number): number {
  return schedstat(pid, 1) + sum(children(pid), waitedSeconds);
}

/** How often a process and its descendants went to sleep and were woken again: 0 while truly idle. */
export function wakeups(pid: number): number {
  let count = 0;
  for (const task of tasks(pid)) count += field(`${task}/status`, "voluntary_ctxt_switches");
  return count + sum(children(pid), wakeups);
}

/** Resident memory of a process and its descendants, in bytes. */
export function rssBytes(pid: number): number {
  return field(`/proc/${pid}/status`, "VmRSS") * 1024 + sum(children(pid), rssBytes);
}

/** The hard limit of open files a process of ours may raise its own to. */
export function openFilesLimit(): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/** The sum over a process's threads of a column of nanoseconds, in seconds. */
function schedstat(pid: number, column: number): number {
  const read = (task: string) => Number(readFileSync(`${task}/schedstat`, "utf8").split(" ")[column]);
  return tasks(pid).reduce((total, task) => total + read(task), 0) / 1e9;
}

function tasks(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`);
}

function children(pid: number): number[] {
  return tasks(pid).flatMap((task) => readFileSync(`${task}/children`, "utf8").split(" ").filter(Boolean).map(Number));
}

function field(path: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(path, "utf8"))?.[1] ?? 0);
}

function sum(pids: readonly number[], measure: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + measure(pid), 0);
}
