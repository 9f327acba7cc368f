import { delivered, type LoadResult, load } from "../load.ts";
import { openFilesLimit } from "../measure.ts";
import { type Section, withNoise } from "../report.ts";
import { type Contender, launch } from "../servers.ts";
import { runnable, type Setting } from "../setting.ts";
import { viewerTargets } from "./viewer-targets.ts";

/** Seconds before measuring: a Node process needs some at full load until its code is compiled. */
const WARMUP_S = 4;
const SECONDS = 6;
const COMPARED_AT = 200;
const MANY = 1000;

/**
 * 1, 50, 200 and 1000 viewers. At 200, ours and the baselines alternate, so that a slow moment of
 * the machine affects all.
 */
export async function viewers(setting: Setting): Promise<Section> {
  const { ours, fanout, ustreamer } = setting.contenders;
  const { contenders, notes } = runnable([ours, fanout, ustreamer]);
  const rounds = setting.quick ? 1 : 4;
  const results = new Map<string, LoadResult[]>();
  const of = ({ name }: Contender, count: number) => results.get(`${name} ${count}`) ?? [];
  const measure = async (contender: Contender, count: number) => {
    setting.say(`${contender.name}, ${count} ${count === 1 ? "viewer" : "viewers"}`);
    const result = await measureOnce(setting, contender, count);
    // ustreamer's image for a camera without a frame for a second.
    if (result.unstamped > 0)
      notes.push(`${contender.name} sent ${result.unstamped} pictures of its own at ${count} viewers.`);
    results.set(`${contender.name} ${count}`, [...of(contender, count), result]);
  };

  for (const contender of Array.from({ length: rounds }, () => contenders).flat())
    await measure(contender, COMPARED_AT);
  for (const contender of contenders) for (const count of [1, 50]) await measure(contender, count);
  if (openFilesLimit() < MANY + 100) {
    notes.push(
      `${MANY} viewers are not measured: a process may open only ${openFilesLimit()} files here (ulimit -Hn).`,
    );
  } else {
    for (const contender of [ours, fanout, ours, fanout]) await measure(contender, MANY);
    notes.push(`ustreamer is not measured at ${MANY} viewers: at its cost per GB that is more than one core can give.`);
  }
  return {
    title: "Viewers at full rate",
    about:
      "Each viewer takes every frame. CPU is the server's own and the kernel's for it, in seconds per GB (10⁹ bytes)\n" +
      "delivered. Latency is from the camera's stamp to the frame complete at the viewer. Skipped are the frames a viewer\n" +
      "never got, run by run; delivered is what came of what was due in that time, in the worst run. Waited is the share\n" +
      "of time in which others had the server's core: it should be near 0. Client CPU is the measurer's share of its own\n" +
      `core: near 1 it would measure itself. At ${COMPARED_AT} viewers the servers took turns, ${rounds} runs each, each of a new\n` +
      "process: median (min–max).",
    header: [
      "server",
      "viewers",
      "CPU s/GB",
      "of a core",
      "p50 ms",
      "p99 ms",
      "skipped",
      "delivered",
      "waited",
      "client CPU",
    ],
    rows: [1, 50, COMPARED_AT, MANY].flatMap((count) =>
      contenders.filter((contender) => of(contender, count).length > 0).map(({ name }) => row(name, count, results)),
    ),
    targets: viewerTargets({
      ours: of(ours, COMPARED_AT),
      fanout: of(fanout, COMPARED_AT),
      ustreamer: typeof ustreamer === "string" ? [] : of(ustreamer, COMPARED_AT),
      crowd: of(ours, MANY),
    }),
    notes,
  };
}

async function measureOnce({ client, quick }: Setting, contender: Contender, count: number): Promise<LoadResult> {
  const server = await launch(contender);
  try {
    return await load(client, server, {
      viewers: count,
      warmup: quick ? WARMUP_S / 2 : WARMUP_S,
      seconds: quick ? SECONDS / 3 : SECONDS,
    });
  } finally {
    await server.running.stop();
  }
}

function row(name: string, count: number, results: ReadonlyMap<string, readonly LoadResult[]>): string[] {
  const runs = results.get(`${name} ${count}`) ?? [];
  const noisy = (pick: (run: LoadResult) => number, digits: number) => withNoise(runs.map(pick), digits);
  return [
    name,
    String(count),
    noisy((run) => run.cpuPerGB, 3),
    noisy((run) => run.core, 3),
    noisy((run) => run.p50, 2),
    noisy((run) => run.p99, 2),
    runs.map((run) => run.skipped).join(" "),
    `${(Math.min(...runs.map(delivered)) * 100).toFixed(2)} %`,
    noisy((run) => run.waited, 2),
    noisy((run) => run.clientCpu / run.seconds, 2),
  ];
}
