import { readdirSync, readFileSync } from "node:fs";

/* A process seen from outside, on Linux (proc(5)). */

/** Open descriptors: sockets, pipes, files, mappings of devices. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Resident memory, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** The most memory it ever had resident, in bytes. */
export function peakBytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/**
 * Resident memory that is the process's own, in bytes: without files, and without what it shares. Chromium maps a thousand
 * pictures of a camera, one after the other, half a gigabyte in all, and then no more.
 */
export function anonymousBytes(pid: number): number {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** Ids of the processes it started and has not reaped, zombies included. */
export function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const lists = tasks.map((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
    } catch {
      // That thread has ended in the meantime.
      return "";
    }
  });
  return lists.join(" ").split(/\s+/).filter(Boolean).map(Number);
}

/** Ids of the processes it started that decode images. */
export function decodersOf(pid: number): number[] {
  return childrenOf(pid).filter((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, "utf8").includes("convert-runner");
    } catch {
      // It has ended in the meantime.
      return false;
    }
  });
}

/** `anonymousBytes` of a process and all below it, by what they call themselves: a browser's have a `--type`. Of those that end meanwhile, none. */
export function familyBytes(pid: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  const visit = (one: number) => {
    try {
      const [, type = "main"] = /--type=([\w-]+)/.exec(readFileSync(`/proc/${one}/cmdline`, "utf8")) ?? [];
      sums.set(type, (sums.get(type) ?? 0) + (anonymousBytes(one) || 0));
      for (const child of childrenOf(one)) visit(child);
    } catch {
      // It has ended.
    }
  };
  visit(pid);
  return sums;
}

/** How many processes it started and has not reaped. */
export function children(pid: number): number {
  return childrenOf(pid).length;
}

/** Everything a process holds that a device or a helper could leave behind. */
export function holdings(pid: number): { descriptors: number; mappings: number; threads: number; children: number } {
  const mappings = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return {
    descriptors: descriptors(pid),
    // Memory of devices and files; the allocator's own comes and goes.
    mappings: mappings.filter((line) => /\s\/\S/.test(line)).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: children(pid),
  };
}
