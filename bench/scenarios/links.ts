import { createInterface } from "node:readline";
import { CLIENT_CPU, start } from "../processes.ts";
import { type Section, spread, type Target } from "../report.ts";
import { launch } from "../servers.ts";
import type { Setting } from "../setting.ts";

/** Seconds a stream may take to find its rung; they are not counted. */
const SETTLE_S = 5;
const SECONDS = 30;
/** Seconds a link is watched after it recovers. */
const RECOVERY_S = 15;
/** Interval between queries for the rung. */
const POLL_MS = 100;

/** A phase of a link: bytes per second, 0 for no limit, and seconds. */
type Stretch = readonly [rate: number, seconds: number];

interface Picture {
  readonly at: number;
  readonly age: number;
  readonly bytes: number;
  readonly width: number;
}

interface Run {
  readonly what: string;
  readonly stretches: readonly Stretch[];
  readonly pictures: readonly Picture[];
  /** When the stream switched to which rung, in seconds. */
  readonly rungs: readonly { readonly at: number; readonly rung: number }[];
}

/** One viewer on links that carry less than the stream, with and without `adapt`. */
export async function links(setting: Setting): Promise<Section> {
  const seconds = setting.quick ? 12 : SECONDS;
  const thin = (rate: number): Stretch[] => [[rate, seconds]];
  const alternating = Array.from(
    { length: setting.quick ? 2 : 6 },
    (_, index): Stretch => [index % 2 === 0 ? 1_000_000 : 100_000, 10],
  );
  const runs: Run[] = [];
  for (const [what, query, stretches] of [
    ["300 KB/s, as it is", "", thin(300_000)],
    ["300 KB/s, adapting", "adapt", [...thin(300_000), [0, RECOVERY_S] as const]],
    ["100 KB/s, adapting", "adapt", [...thin(100_000), [0, RECOVERY_S] as const]],
    ["1 MB/s, adapting", "adapt", [...thin(1_000_000), [0, RECOVERY_S] as const]],
    ["1 MB/s and 100 KB/s in turn", "adapt", alternating],
    ["all there is, adapting", "adapt", thin(0)],
  ] as const) {
    setting.say(`a link of ${what}`);
    runs.push(await watch(setting, what, query, stretches));
  }
  return {
    title: "Thin links",
    about:
      "One viewer on a link slower than the stream of 2.4 MB/s, read in pieces of 5 ms with default socket buffers. Age of a\n" +
      `frame when its last byte is read. Counted from ${SETTLE_S} s on; if the link recovers, until then; "settled" and "back" are when the\n` +
      "last rung of the thin stretch was reached, and how long after the recovery the camera's own frames came again.",
    header: ["link", "pictures/s", "age p50 ms", "age p95 ms", "KB a picture", "width", "rungs", "settled s", "back s"],
    rows: runs.map(row),
    targets: targets(runs),
    notes: [],
  };
}

async function watch(
  { contenders, link }: Setting,
  what: string,
  query: string,
  stretches: readonly Stretch[],
): Promise<Run> {
  const server = await launch(contenders.ours);
  const path = query === "" ? server.path : `${server.path}?${query}`;
  const client = start([link, String(server.port), path, ...stretches.map(([rate, s]) => `${rate}:${s}`)], {
    cpu: CLIENT_CPU,
  });
  const startedAt = performance.now();
  const rungs: { at: number; rung: number }[] = [];
  const timer = setInterval(async () => {
    const rung = await rungOf(server.port);
    if (rung !== undefined && rung !== (rungs.at(-1)?.rung ?? 0))
      rungs.push({ at: (performance.now() - startedAt) / 1000, rung });
  }, POLL_MS);
  const pictures: Picture[] = [];
  try {
    for await (const line of createInterface({ input: client.output })) {
      const [at = 0, age = 0, bytes = 0, width = 0] = line.split(" ").map(Number);
      pictures.push({ at, age, bytes, width });
    }
  } finally {
    clearInterval(timer);
    await client.stop();
    await server.running.stop();
  }
  return { what, stretches, pictures, rungs };
}

async function rungOf(port: number): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/cameras/bench`).catch(() => undefined);
  const { viewers = [] } = ((await answer?.json()) ?? {}) as { viewers?: readonly { rung: number | null }[] };
  return viewers[0]?.rung ?? undefined;
}

/** Returns the phase that counts: the first, or all if the link alternates. */
function thinUntil({ stretches }: Run): number {
  const isRecovering = stretches.length === 2 && stretches[1]?.[0] === 0;
  return isRecovering ? (stretches[0]?.[1] ?? 0) : stretches.reduce((sum, [, seconds]) => sum + seconds, 0);
}

function summary(run: Run) {
  const end = thinUntil(run);
  const counted = run.pictures.filter(({ at }) => at >= SETTLE_S && at < end);
  const ages = counted.map(({ age }) => age).sort((a, b) => a - b);
  const before = run.rungs.filter(({ at }) => at < end);
  const back = run.rungs.find(({ at, rung }) => at >= end && rung === 0);
  return {
    fps: counted.length / (end - SETTLE_S),
    p50: ages[Math.floor(ages.length * 0.5)] ?? Number.NaN,
    p95: ages[Math.floor(ages.length * 0.95)] ?? Number.NaN,
    kilobytes: spread(counted.map(({ bytes }) => bytes / 1000)).median,
    width: spread(counted.map(({ width }) => width)).median,
    settled: before.at(-1)?.at,
    back: back && back.at - end,
    closest: Math.min(...run.rungs.slice(1).map(({ at }, index) => at - (run.rungs[index]?.at ?? 0))),
  };
}

function row(run: Run): string[] {
  const { fps, p50, p95, kilobytes, width, settled, back } = summary(run);
  const digits = (number: number | undefined, count: number) => number?.toFixed(count) ?? "";
  const rungs = run.rungs.map(({ rung }) => rung).join(" ");
  return [
    run.what,
    digits(fps, 1),
    digits(p50, 0),
    digits(p95, 0),
    digits(kilobytes, 1),
    String(width),
    rungs,
    digits(settled, 1),
    digits(back, 1),
  ];
}

function targets(runs: readonly Run[]): Target[] {
  const [, adapting, ...others] = runs.map(summary);
  const good = runs.at(-1);
  if (adapting === undefined || good === undefined) return [];
  const closest = Math.min(adapting.closest, ...others.map(({ closest }) => closest));
  return [
    {
      what: "pictures/s at 300 KB/s, adapting",
      target: "≥ 12",
      measured: adapting.fps.toFixed(1),
      met: adapting.fps >= 12,
    },
    {
      what: "age p95 at 300 KB/s, adapting",
      target: "< 500 ms",
      measured: `${adapting.p95.toFixed(0)} ms`,
      met: adapting.p95 < 500,
    },
    {
      what: "settled at 300 KB/s",
      target: "≤ 5 s",
      measured: `${adapting.settled?.toFixed(1)} s`,
      met: (adapting.settled ?? 0) <= 5,
    },
    {
      what: "the camera's own again",
      target: "≤ 10 s",
      measured: `${adapting.back?.toFixed(1)} s`,
      met: (adapting.back ?? Number.NaN) <= 10,
    },
    // Ten queries per second.
    {
      what: "between two changes of rung",
      target: "≥ 1 s",
      measured: `${closest.toFixed(1)} s`,
      met: closest >= 1 - (2 * POLL_MS) / 1000,
    },
    {
      what: "changes of rung on a good link",
      target: "0",
      measured: String(good.rungs.length),
      met: good.rungs.length === 0,
    },
  ];
}
