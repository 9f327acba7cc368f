import { readdirSync, readFileSync } from "node:fs";

/* A process seen from outside, on Linux (proc(5)). */

/** Returns the number of open descriptors: sockets, pipes, files, devices. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Returns the resident memory in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** Returns the peak of the resident memory in bytes. */
export function peakBytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/**
 * Returns the resident memory of the process alone, in bytes, without files and shared memory.
 * Chromium maps a thousand frames of a camera one after the other, up to half a gigabyte.
 */
export function anonymousBytes(pid: number): number {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** Returns the ids of the child processes that are not reaped, zombies included. */
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

/** Returns the ids of the child processes that decode images. */
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

/**
 * Returns `anonymousBytes` of a process and its descendants, by their `--type`, which browsers set.
 * Processes that end meanwhile count as none.
 */
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

/** Returns the number of child processes that are not reaped. */
export function children(pid: number): number {
  return childrenOf(pid).length;
}

/** Returns everything in a process that a device or a helper process could leave behind. */
export function holdings(pid: number): { descriptors: number; mappings: number; threads: number; children: number } {
  const mappings = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return {
    descriptors: descriptors(pid),
    // Mappings of devices and files; the allocator's own come and go.
    mappings: mappings.filter((line) => /\s\/\S/.test(line)).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: children(pid),
  };
}
