import { delivered, gotAll, type LoadResult, load } from "../load.ts";
import { type Section, spread, type Target, withNoise } from "../report.ts";
import { type Contender, launch } from "../servers.ts";
import { runnable, type Setting } from "../setting.ts";

/**
 * Seconds before measuring: to open the camera, and to compile code that runs 30 times per second.
 */
const WARMUP_S = 20;
const SECONDS = 15;
const LONG_S = 60;

/**
 * One viewer of a webcam that is emulated in the process itself: the cost of the whole path from
 * the driver.
 */
export async function webcam(setting: Setting): Promise<Section> {
  const { webcam: ours, ustreamer } = setting.contenders;
  const { contenders, notes } = runnable([ours, ustreamer]);
  const rounds = setting.quick ? 1 : 4;
  const results = new Map<string, LoadResult[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      setting.say(`${contender.name}, a webcam, round ${round + 1} of ${rounds}`);
      results.get(contender.name)?.push(await measureOnce(setting, contender, setting.quick ? SECONDS / 3 : SECONDS));
    }
  }
  const ourRuns = results.get(ours.name) ?? [];
  setting.say(`${ours.name}, a webcam, ${LONG_S} s without a loss`);
  const long = await measureOnce(setting, ours, setting.quick ? LONG_S / 6 : LONG_S);
  return {
    title: "One viewer of a webcam",
    about:
      "Both capture the same emulated V4L2 camera (mapped buffers, 1280×720 MJPG at 30 fps, stamped as the picture is put into\n" +
      "the buffer) and send it to one viewer. CPU includes the emulator, which runs in each server's process, and the kernel's\n" +
      `work for loopback. In turns, ${rounds} runs each, each of a new process: median (min–max).`,
    header: ["server", "% of a core", "p50 ms", "p99 ms", "skipped", "delivered", "memory MB", "waited"],
    rows: contenders.map(({ name }) => row(name, results.get(name) ?? [])),
    targets: targets(ourRuns, typeof ustreamer === "string" ? [] : (results.get(ustreamer.name) ?? []), long),
    notes,
  };
}

async function measureOnce({ client, quick }: Setting, contender: Contender, seconds: number): Promise<LoadResult> {
  const server = await launch(contender);
  try {
    return await load(client, server, { viewers: 1, warmup: quick ? WARMUP_S / 4 : WARMUP_S, seconds });
  } finally {
    await server.running.stop();
  }
}

function row(name: string, runs: readonly LoadResult[]): string[] {
  const noisy = (pick: (run: LoadResult) => number, digits: number) => withNoise(runs.map(pick), digits);
  return [
    name,
    noisy((run) => run.core * 100, 2),
    noisy((run) => run.p50, 2),
    noisy((run) => run.p99, 2),
    runs.map((run) => run.skipped).join(" "),
    `${(Math.min(...runs.map(delivered)) * 100).toFixed(2)} %`,
    noisy((run) => run.rssAfter / 1e6, 0),
    noisy((run) => run.waited, 2),
  ];
}

function targets(ours: readonly LoadResult[], theirs: readonly LoadResult[], long: LoadResult): Target[] {
  const p50 = ours.map((run) => run.p50);
  const ratios = ours.flatMap(({ core }, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [core / other.core];
  });
  const cpu: Target = {
    what: "CPU at one viewer of a webcam ÷ ustreamer's",
    target: "≤ 1.5",
    measured: withNoise(ratios, 2),
    met: spread(ratios).median <= 1.5,
  };
  return [
    ...(ratios.length > 0 ? [cpu] : []),
    {
      what: "p50 latency at one viewer of a webcam",
      target: "< 1.5 ms",
      measured: `${withNoise(p50, 2)} ms`,
      met: spread(p50).median < 1.5,
    },
    {
      what: `frames of a webcam in ${Math.round(long.seconds)} s`,
      target: "all, none skipped",
      measured: `${(delivered(long) * 100).toFixed(2)} %, ${long.skipped} skipped`,
      met: gotAll(long),
    },
  ];
}
