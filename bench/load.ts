import { createInterface } from "node:readline";
import { cpuSeconds, rssBytes, waitedSeconds } from "./measure.ts";
import { CLIENT_CPU, start } from "./processes.ts";
import type { Server } from "./servers.ts";
import { FPS } from "./setting.ts";

export interface LoadOptions {
  readonly viewers: number;
  /** Seconds between the first frame of the last viewer and the start of measuring. */
  readonly warmup: number;
  /** Seconds measured. */
  readonly seconds: number;
  /** Bytes per second that each viewer reads. @default no limit */
  readonly rate?: number;
  /**
   * The timestamp that identifies frames: the camera's, in the JPEG, or the server's, in the header
   * of the part. Only the first shows skipped frames; only the second survives an encode. @default
   * "camera"
   */
  readonly stamps?: "camera" | "server";
}

/**
 * The output of load.c. Latencies are in ms, from the camera's timestamp to the complete frame at
 * the viewer.
 */
interface LoadReport {
  readonly viewers: number;
  readonly failed: number;
  readonly frames: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly skipped: number;
  /** Frames that the camera did not send. */
  readonly unstamped: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** CPU seconds of the load client itself. */
  readonly clientCpu: number;
}

export interface LoadResult extends LoadReport {
  /** CPU seconds of the server while measuring. */
  readonly cpu: number;
  /** CPU seconds of the server per GB delivered. */
  readonly cpuPerGB: number;
  /** The server's CPU time as a share of one core. */
  readonly core: number;
  /**
   * Share of the time in which the server was ready to run and another process had its core. More
   * than a little means that the machine was busy.
   */
  readonly waited: number;
  /** Resident memory of the server at the start and the end of measuring, in bytes. */
  readonly rssBefore: number;
  readonly rssAfter: number;
}

/** Makes `viewers` watch a server, and measures its CPU time and memory from outside. */
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
 * Returns the frames that arrived as a share of those due by the clock. Counting by sequence
 * numbers would not show a server that is late. The ends of the time may add or lose one frame per
 * viewer, and a server that catches up exceeds 1.
 */
export function delivered({ viewers, frames, seconds }: LoadResult): number {
  return frames / (viewers * FPS * seconds);
}

/** Returns whether every viewer got every frame in time, give or take one. */
export function gotAll({ seconds, ...result }: LoadResult): boolean {
  const oneFrame = 1 / (FPS * seconds);
  return result.failed === 0 && result.skipped === 0 && delivered({ ...result, seconds }) >= 1 - oneFrame;
}
