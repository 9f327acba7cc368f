import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { children, holdings } from "../support/programs/proc.ts";
import type { House } from "./house.ts";

/** What a program holds, by kind, counted from outside. */
export type Holdings = Readonly<Record<string, number>>;

/** Counts descriptors by kind, threads, children, mappings; and timers, from its metrics. */
export async function holdingsOf({ pid, url }: House): Promise<Holdings> {
  const { threads } = holdings(pid);
  const metrics = await (await fetch(`${url}/metrics`, { headers: { Connection: "close" } })).text();
  const [, timers = Number.NaN] = /^nodejs_active_resources\{type="Timeout"\} (\d+)/m.exec(metrics) ?? [];
  return {
    ...descriptorsOf(pid),
    mappings: mappingsOfDevices(pid),
    threads,
    children: children(pid),
    timers: Number(timers),
  };
}

/** Returns true if nothing has grown. */
export function isNoMore(now: Holdings, before: Holdings): boolean {
  return Object.entries(now).every(([kind, count]) => count <= (before[kind] ?? 0));
}

/** Counts open sockets, pipes and files by kind (proc(5), /proc/pid/fd). */
function descriptorsOf(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${descriptor}`);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Counts the buffers of cameras. Libraries are mapped when first needed, and stay. */
function mappingsOfDevices(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return lines.filter((line) => /\s(\/dev\/|\/memfd:)/.test(line)).length;
}

function kindOf(path: string): string {
  try {
    return readlinkSync(path).replace(/[:[].*|^\/.*$/, "") || "file";
  } catch {
    // It was closed in the meantime.
    return "closed";
  }
}
