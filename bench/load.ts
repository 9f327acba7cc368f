import { createInterface } from "node:readline";
import { cpuSeconds, rssBytes, waitedSeconds } from "./measure.ts";
import { CLIENT_CPU, start } from "./processes.ts";
import type { Server } from "./servers.ts";
import { FPS } from "./setting.ts";

export interface LoadOptions {
  readonly viewers: number;
  /** Seconds from the moment all viewers have a frame to the start of measuring. */
  readonly warmup: number;
  /** Seconds measured. */
  readonly seconds: number;
  /** Bytes a second each viewer takes; without it, all there are. */
  readonly rate?: number;
  /**
   * Whose stamps pictures are known by: the camera's, in the JPEG, or the server's, in the part's header. Only the first
   * tells what was skipped; only the second outlives an encode. @default "camera"
   */
  readonly stamps?: "camera" | "server";
}

/** What load.c prints. Latencies in ms, from the camera's stamp to the frame complete at the viewer. */
interface LoadReport {
  readonly viewers: number;
  readonly failed: number;
  readonly frames: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly skipped: number;
  /** Pictures that were not the camera's. */
  readonly unstamped: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** CPU seconds of the load client itself. */
  readonly clientCpu: number;
}

export interface LoadResult extends LoadReport {
  /** CPU seconds of the server while measured. */
  readonly cpu: number;
  /** CPU seconds of the server for each 10⁹ bytes delivered. */
  readonly cpuPerGB: number;
  /** Share of one core the server took: 1 is all of it. */
  readonly core: number;
  /** Share of the time in which it could have run and another had its core: the machine was not quiet. */
  readonly waited: number;
  /** Resident memory of the server when measuring began and when it ended, in bytes. */
  readonly rssBefore: number;
  readonly rssAfter: number;
}

/** Lets `viewers` watch a server, and reads its CPU and memory from outside at the two ends of the measured time. */
export async function load(client: string, { port, path, running }: Server, options: LoadOptions): Promise<LoadResult> {
  const { viewers, warmup, seconds, rate = 0, stamps = "camera" } = options;
  const numbers = [viewers, warmup, seconds, rate].map(String);
  const measurer = start([client, String(port), path, ...numbers, stamps], { cpu: CLIENT_CPU });
  const at: { cpu: number; waited: number; rss: number }[] = [];
  let report: LoadReport | undefined;
  for await (const line of createInterface({ input: measurer.child.stdout ?? ([] as never) })) {
    if (line.startsWith("{")) report = JSON.parse(line) as LoadReport;
    else at.push({ cpu: cpuSeconds(running.pid), waited: waitedSeconds(running.pid), rss: rssBytes(running.pid) });
  }
  const [before, after] = at;
  if (report === undefined || before === undefined || after === undefined) throw new Error("The load client died");
  if (report.frames === 0) throw new Error(`No frame came with the ${stamps}'s stamp`);
  const cpu = after.cpu - before.cpu;
  const derived = {
    cpu,
    cpuPerGB: cpu / (report.bytes / 1e9),
    core: cpu / report.seconds,
    waited: (after.waited - before.waited) / report.seconds,
  };
  return { ...report, ...derived, rssBefore: before.rss, rssAfter: after.rss };
}

/**
 * Frames that arrived in the measured time, as a share of those due in it. Against the clock and not against the numbers
 * seen: a server that falls behind skips nothing, it is late. The ends of that time may count a frame per viewer twice
 * or not at all, and a server that catches up gets past 1.
 */
export function delivered({ viewers, frames, seconds }: LoadResult): number {
  return frames / (viewers * FPS * seconds);
}

/** Whether every viewer got every frame when it was due, within that one frame. */
export function gotAll({ seconds, ...result }: LoadResult): boolean {
  const oneFrame = 1 / (FPS * seconds);
  return result.failed === 0 && result.skipped === 0 && delivered({ ...result, seconds }) >= 1 - oneFrame;
}
