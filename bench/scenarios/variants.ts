import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type LoadResult, load } from "../load.ts";
import { cpuSeconds } from "../measure.ts";
import { SERVER_CPU, start } from "../processes.ts";
import { type Section, spread, type Target, withNoise } from "../report.ts";
import { launch } from "../servers.ts";
import { FPS, type LargeCamera, type Setting } from "../setting.ts";

/** The transforms; bench/bare-sharp.mjs has the same. */
const QUERY = "width=640&quality=70";
const MANY = 100;
/**
 * Seconds before measuring: to open the camera, and to compile code that runs 30 times per second.
 */
const WARMUP_S = 10;
const SECONDS = 12;
const BARE = fileURLToPath(new URL("../bare-sharp.mjs", import.meta.url));

/** The result of one run. */
interface Run {
  /** Share of a core. */
  readonly core: number;
  /** Age of a frame in ms: the server's when complete at the viewer, bare sharp's when encoded. */
  readonly ms: number;
  /** Encodes per second. */
  readonly encodes: number;
  /** Frames per second to each viewer, or from sharp alone. */
  readonly perSecond: number;
}

/** One transform of a large camera, for one viewer and for many, compared with sharp alone. */
export async function variants(setting: Setting): Promise<Section> {
  setting.say("drawing pictures of 1920×1080");
  const camera = await setting.openLargeCamera();
  const rounds = setting.quick ? 1 : 4;
  const runs = { own: [] as Run[], one: [] as Run[], many: [] as Run[], bare: [] as Run[] };
  for (let round = 1; round <= rounds; round++) {
    setting.say(`variants, round ${round} of ${rounds}`);
    runs.own.push(await watched(setting, camera, "", 1));
    runs.one.push(await watched(setting, camera, `?${QUERY}`, 1));
    runs.many.push(await watched(setting, camera, `?${QUERY}`, MANY));
    runs.bare.push(await bare(setting, camera));
  }
  return {
    title: "Variants",
    about:
      `A camera of 1920×1080 at ${FPS} fps, as it is and as ?${QUERY}; and sharp alone, which reads the same pictures from\n` +
      "memory at the same rate. Age is from the server's stamp to the picture complete at the viewer; of sharp alone, what\n" +
      `one encode takes. In turns, ${rounds} runs each, each of a new process: median (min–max).`,
    header: ["what", "viewers", "% of a core", "age p50 ms", "pictures/s", "encodes/s"],
    rows: [
      row("as it is", "1", runs.own),
      row(`?${QUERY}`, "1", runs.one),
      row(`?${QUERY}`, String(MANY), runs.many),
      row("sharp alone", "", runs.bare),
    ],
    targets: targets(runs),
    notes: [],
  };
}

async function watched({ client, quick }: Setting, camera: LargeCamera, query: string, viewers: number): Promise<Run> {
  const server = await launch(camera.contender);
  const path = server.path + query;
  const warmup = quick ? WARMUP_S / 4 : WARMUP_S;
  const seconds = quick ? SECONDS / 4 : SECONDS;
  try {
    const [result, encodes] = await Promise.all([
      load(client, { ...server, path }, { viewers, warmup, seconds, stamps: "server" }),
      sleep((warmup + seconds / 2) * 1000).then(() => encodesOf(server.port)),
    ]);
    return { core: result.core, ms: result.p50, encodes, perSecond: perSecond(result) };
  } finally {
    await server.running.stop();
  }
}

function perSecond({ frames, viewers, seconds }: LoadResult): number {
  return frames / viewers / seconds;
}

/** Encodes per second, counted by the server. */
async function encodesOf(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/cameras/bench`);
  const { variants } = (await response.json()) as { variants: ReadonlyArray<{ encodesPerSecond: number }> };
  return variants.reduce((sum, { encodesPerSecond }) => sum + encodesPerSecond, 0);
}

async function bare({ quick }: Setting, { pictures }: LargeCamera): Promise<Run> {
  const seconds = quick ? SECONDS / 4 : SECONDS;
  const argv = [process.execPath, BARE, String(FPS), String(seconds), ...pictures];
  const running = start(argv, { cpu: SERVER_CPU });
  let cpu = Number.NaN;
  try {
    for await (const line of createInterface({ input: running.output })) {
      if (!line.startsWith("{")) {
        cpu = cpuSeconds(running.pid);
        continue;
      }
      const { encodes, ms } = JSON.parse(line) as { encodes: number; ms: number };
      const core = (cpuSeconds(running.pid) - cpu) / seconds;
      return { core, ms, encodes: encodes / seconds, perSecond: encodes / seconds };
    }
    throw new Error("sharp alone ended before it had measured");
  } finally {
    await running.stop();
  }
}

function targets({
  own,
  one,
  many,
  bare,
}: Readonly<Record<"own" | "one" | "many" | "bare", readonly Run[]>>): Target[] {
  const each = (measure: (of: { own: Run; one: Run; many: Run; bare: Run }) => number) =>
    own.flatMap((ownRun, round) => {
      const [oneRun, manyRun, bareRun] = [one[round], many[round], bare[round]];
      if (oneRun === undefined || manyRun === undefined || bareRun === undefined) return [];
      return [measure({ own: ownRun, one: oneRun, many: manyRun, bare: bareRun })];
    });
  // Per frame, since a busy machine may have delivered fewer frames.
  const cost = ({ core, perSecond }: Run) => core / perSecond;
  const crowd = each(({ one, many }) => cost(many) / cost(one));
  // The cost of the camera without a transform is subtracted.
  const transform = each(({ own, one, bare }) => (cost(one) - cost(own)) / cost(bare));
  const latency = each(({ own, one, bare }) => (one.ms - own.ms) / bare.ms);
  return [
    atMost(`CPU at ${MANY} viewers of one variant ÷ at one`, 1.3, crowd),
    atMost("CPU of a transform ÷ sharp's alone", 1.15, transform),
    atMost("latency of a transform, p50 ÷ what sharp alone takes", 1, latency),
  ];
}

function atMost(what: string, limit: number, ratios: readonly number[]): Target {
  return { what, target: `≤ ${limit}`, measured: withNoise(ratios, 2), met: spread(ratios).median <= limit };
}

function row(what: string, viewers: string, runs: readonly Run[]): string[] {
  const noisy = (pick: (run: Run) => number, digits: number) => withNoise(runs.map(pick), digits);
  return [
    what,
    viewers,
    noisy((run) => run.core * 100, 1),
    noisy((run) => run.ms, 2),
    noisy((run) => run.perSecond, 1),
    noisy((run) => run.encodes, 1),
  ];
}
