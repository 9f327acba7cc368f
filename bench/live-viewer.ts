import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cpuSeconds, waitedSeconds } from "./measure.ts";
import { CLIENT_CPU, start } from "./processes.ts";
import { spread } from "./report.ts";
import type { Server } from "./servers.ts";

/** The tests' own viewer of `/live`, which acknowledges each picture at once. */
const VIEWER = fileURLToPath(new URL("../test/support/peers/live_viewer.py", import.meta.url));

export interface WatchOptions {
  readonly cameras: readonly string[];
  /** Bytes a second that are read; 0 is all there are. */
  readonly rate: number;
  readonly warmup: number;
  readonly seconds: number;
  /** Where it connects to. @default the server itself */
  readonly port?: number;
}

export interface WatchResult {
  /** Pictures a second of the camera that had the fewest. */
  readonly fps: number;
  /** Age of pictures when their last byte was read, in ms, from the server's stamp. */
  readonly p50: number;
  readonly p95: number;
  /** Share of one core that the server took. */
  readonly core: number;
  /** CPU seconds of the server for each 10⁹ bytes. */
  readonly cpuPerGB: number;
  /** Share of the time in which the server could have run and another had its core. */
  readonly waited: number;
}

interface Picture {
  readonly id: number;
  readonly age: number;
  readonly bytes: number;
}

/** Watches cameras over one live connection, and reads the server's CPU at the two ends of the measured time. */
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
