import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cpuSeconds, waitedSeconds } from "./measure.ts";
import { CLIENT_CPU, start } from "./processes.ts";
import { spread } from "./report.ts";
import type { Server } from "./servers.ts";

/** Watches over `/live` with the viewer of the tests, which acknowledges each frame at once. */
const VIEWER = fileURLToPath(new URL("../test/support/peers/live_viewer.py", import.meta.url));

export interface WatchOptions {
  readonly cameras: readonly string[];
  /** Bytes per second to read; 0 for no limit. */
  readonly rate: number;
  readonly warmup: number;
  readonly seconds: number;
  /** The address to connect to. @default the server's */
  readonly port?: number;
}

export interface WatchResult {
  /** The fps of the slowest camera. */
  readonly fps: number;
  /** Age of a frame when its last byte is read, in ms, by the server's timestamp. */
  readonly p50: number;
  readonly p95: number;
  /** The server's CPU time as a share of one core. */
  readonly core: number;
  /** CPU seconds of the server per GB delivered. */
  readonly cpuPerGB: number;
  /** Share of the time in which the server was ready to run and another process had its core. */
  readonly waited: number;
}

interface Picture {
  readonly id: number;
  readonly age: number;
  readonly bytes: number;
}

/** Watches cameras over one live connection, and measures the server's CPU time meanwhile. */
export async function watchLive(server: Server, options: WatchOptions): Promise<WatchResult> {
  const { cameras, rate, warmup, seconds, port = server.port } = options;
  const argv = ["python3", VIEWER, `ws://127.0.0.1:${port}/live`, String(rate), "all", ...cameras];
  const viewer = start(argv, { cpu: CLIENT_CPU });
  const { pid } = server.running;
  const probe = () => ({
    at: performance.now(),
    cpu: cpuSeconds(pid),
    waited: waitedSeconds(pid),
  });
  const pictures: Picture[] = [];
  let first = Number.NaN;
  let before: ReturnType<typeof probe> | undefined;
  for await (const line of createInterface({ input: viewer.output })) {
    const { picture } = JSON.parse(line) as { picture?: Picture };
    if (picture === undefined) continue;
    if (Number.isNaN(first)) first = performance.now();
    if (before === undefined && performance.now() - first > warmup * 1000) before = probe();
    else if (before !== undefined) pictures.push(picture);
    if (before !== undefined && performance.now() - before.at > seconds * 1000) break;
  }
  const after = probe();
  await viewer.stop();
  if (before === undefined) throw new Error("The viewer of /live ended before it had measured");
  const took = (after.at - before.at) / 1000;
  const counts = cameras.map((_, index) => pictures.filter(({ id }) => id === index + 1).length);
  const ages = pictures.map(({ age }) => age).sort((a, b) => a - b);
  const cpu = after.cpu - before.cpu;
  return {
    fps: Math.min(...counts) / took,
    p50: spread(ages).median,
    p95: ages[Math.floor(ages.length * 0.95)] ?? Number.NaN,
    core: cpu / took,
    cpuPerGB: cpu / (pictures.reduce((sum, { bytes }) => sum + bytes, 0) / 1e9),
    waited: (after.waited - before.waited) / took,
  };
}
