import { readdirSync, readFileSync } from "node:fs";

/**
 * Returns the CPU time of a process and its living descendants, in seconds. It includes the
 * kernel's work for their system calls; on loopback, that is most of the receiver's TCP. Read from
 * /proc/PID/task/TID/schedstat, in nanoseconds: the ticks of /proc/PID/stat, 10 ms, are too coarse
 * for one viewer.
 */
export function cpuSeconds(pid: number): number {
  return schedstat(pid, 0) + sum(children(pid), cpuSeconds);
}

/** Returns how long a process and its descendants were ready to run without a core, in seconds. */
export function waitedSeconds(pid: number): number {
  return schedstat(pid, 1) + sum(children(pid), waitedSeconds);
}

/** Returns how often a process and its descendants slept and woke: 0 if idle. */
export function wakeups(pid: number): number {
  let count = 0;
  for (const task of tasks(pid)) count += field(`${task}/status`, "voluntary_ctxt_switches");
  return count + sum(children(pid), wakeups);
}

/** Returns the resident memory of a process and its descendants, in bytes. */
export function rssBytes(pid: number): number {
  return field(`/proc/${pid}/status`, "VmRSS") * 1024 + sum(children(pid), rssBytes);
}

/** Returns the hard limit of open files for our child processes. */
export function openFilesLimit(): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Returns the sum of a column of nanoseconds over the threads of a process, in seconds. */
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
