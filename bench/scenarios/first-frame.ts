import { text } from "node:stream/consumers";
import { CLIENT_CPU, SERVER_CPU, start } from "../processes.ts";
import { type Section, withNoise } from "../report.ts";
import type { Contender } from "../servers.ts";
import { runnable, type Setting } from "../setting.ts";

/**
 * Measures from the start of the program to the first complete JPEG at a viewer that connects again
 * and again.
 */
export async function firstFrame(setting: Setting): Promise<Section> {
  const { ours, ustreamer } = setting.contenders;
  const runs = setting.quick ? 3 : 9;
  const { contenders, notes } = runnable([ours, ustreamer]);
  const rows: string[][] = [];
  for (const contender of contenders) {
    const times: number[] = [];
    for (let run = 1; run <= runs; run++) {
      setting.say(`${contender.name}, start ${run} of ${runs}`);
      times.push(await measureOnce(setting.client, contender));
    }
    rows.push([contender.name, withNoise(times, 0)]);
  }
  return {
    title: "From start to first picture",
    about:
      `Time from starting the process to the first whole JPEG at a viewer, median (min–max) of ${runs} starts on one core.\n` +
      "The camera sends a frame every 33 ms, so up to that much is waiting for it.",
    header: ["server", "ms"],
    rows,
    targets: [],
    notes,
  };
}

/** Milliseconds. */
async function measureOnce(client: string, contender: Contender): Promise<number> {
  const { argv, port, path, ...options } = await contender.prepare();
  const viewer = start([client, String(port), path, "first"], { cpu: CLIENT_CPU });
  const printed = text(viewer.output);
  const startedAt = performance.timeOrigin + performance.now();
  const server = start(argv, { cpu: SERVER_CPU, ...options });
  try {
    return (JSON.parse(await printed) as { at: number }).at - startedAt;
  } finally {
    await server.stop();
  }
}
