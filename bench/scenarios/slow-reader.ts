import { type LoadResult, load } from "../load.ts";
import type { Section } from "../report.ts";
import { type Contender, launch } from "../servers.ts";
import { runnable, type Setting } from "../setting.ts";

/** Bytes per second of the reader: a frame of 80 KB takes 0.2 s. */
const RATE = 400_000;
const TARGET_S = 0.6;

/**
 * One viewer that reads 400 KB/s of a stream of 2.4 MB/s, with the system's default socket buffers.
 */
export async function slowReader(setting: Setting): Promise<Section> {
  const { ours, ustreamer } = setting.contenders;
  const { contenders, notes } = runnable([ours, ustreamer]);
  const results: { name: string; result: LoadResult }[] = [];
  for (const contender of contenders) {
    setting.say(`${contender.name}, one viewer at ${RATE / 1000} KB/s`);
    results.push({ name: contender.name, result: await measure(setting, contender) });
  }
  const age = (results[0]?.result.p50 ?? Number.NaN) / 1000;
  return {
    title: "A slow viewer",
    about:
      `One viewer takes ${RATE / 1000} KB/s of the stream's 2.4 MB/s, in pieces of 5 ms, with default socket buffers. Age of a\n` +
      "picture when its last byte is read, after the lag has settled; and how the server's memory grew in that time.",
    header: ["server", "age p50 s", "age p95 s", "frames/s", "memory growth KB"],
    rows: results.map(({ name, result }) => row(name, result)),
    targets: [
      {
        what: "age of a slow viewer's pictures, p50",
        target: `< ${TARGET_S} s`,
        measured: `${age.toFixed(2)} s`,
        met: age < TARGET_S,
      },
    ],
    notes,
  };
}

async function measure({ client, quick }: Setting, contender: Contender): Promise<LoadResult> {
  const server = await launch(contender);
  try {
    // A server that queues lags more and more for about 20 s, until the system's buffers are full.
    const warmup = quick ? 10 : 25;
    return await load(client, server, { viewers: 1, warmup, seconds: quick ? 6 : 20, rate: RATE });
  } finally {
    await server.running.stop();
  }
}

function row(name: string, { p50, p95, frames, seconds, rssBefore, rssAfter }: LoadResult): string[] {
  const growth = Math.round((rssAfter - rssBefore) / 1000);
  return [name, (p50 / 1000).toFixed(2), (p95 / 1000).toFixed(2), (frames / seconds).toFixed(1), String(growth)];
}
