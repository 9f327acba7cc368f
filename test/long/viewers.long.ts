import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { unreliableSource } from "../support/cameras/unreliable-source.ts";
import { until } from "../support/deferred.ts";
import { descriptors, residentBytes } from "../support/programs/proc.ts";
import { startProgram } from "../support/programs/program.ts";
import { type BackgroundViewer, pollUrl, viewLive, viewStream } from "../support/viewers/background-viewers.ts";

/**
 * The duration, and the number of viewers. The first sixth is for warming up: ten minutes of an
 * hour.
 */
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 60);
const VIEWERS = Number(process.env["SOAK_VIEWERS"] ?? 50);

/** By how much it may grow after warming up. */
const MAX_GROWTH = 0.05;

/** Ten viewers of every kind; the last one leaves and comes again. */
const TEN: readonly ((url: string) => BackgroundViewer)[] = [
  (url) => viewStream(`${url}/video_feed`),
  (url) => viewStream(`${url}/video_feed?framing=advance`),
  (url) => viewStream(`${url}/video_feed`, 30_000),
  (url) => viewStream(`${url}/video_feed?width=320&adapt`, 60_000),
  (url) => viewLive(url, { camera: "yard" }),
  (url) => viewLive(url, { camera: "yard", width: 320, height: 240 }),
  (url) => viewLive(url, { camera: "yard", query: "adapt" }, 700),
  (url) => pollUrl(`${url}/snapshot.jpg`, 500),
  (url) => pollUrl(`${url}/snapshot.jpg?width=160&max-age=1000`, 500),
  (url) => comesAndGoes(() => viewStream(`${url}/video_feed`)),
];

test(`${VIEWERS} viewers for ${MINUTES} minutes leave the memory within ${MAX_GROWTH * 100} % of what it was`, async (t) => {
  const source = await unreliableSource(await drawPictures(), 10);
  t.after(() => source.close());
  const program = await startProgram(t, [`yard=http:${source.address}`]);
  const pid = program.process.pid as number;
  const visits = Array.from({ length: VIEWERS }, (_, index) =>
    (TEN[index % TEN.length] as (typeof TEN)[number])(program.url),
  );
  t.after(() => {
    for (const visit of visits) visit.leave();
  });
  await until("every viewer receives frames", () => visits.every(({ bytes }) => bytes > 0), 60_000);

  const cutOff = () =>
    visits.flatMap(({ end }, index) => (end === undefined ? [] : [`viewer ${index % TEN.length} of ten: ${end}`]));
  const startedAt = performance.now();
  const minutes: number[] = [];
  while (minutes.length < MINUTES) {
    const samples: number[] = [];
    while (performance.now() - startedAt < (minutes.length + 1) * 60_000) {
      await sleep(1000);
      samples.push(residentBytes(pid));
    }
    minutes.push(middle(samples));
    process.stdout.write(
      `minute ${minutes.length}: ${megabytes(minutes.at(-1) as number)} MB, ${descriptors(pid)} descriptors, ${cutOff().join("; ") || "all are there"}\n`,
    );
  }
  const report = (await (await fetch(`${program.url}/api/cameras/yard`)).json()) as CameraReport;
  t.diagnostic(`${report.frames} frames, ${report.dropped} dropped, ${report.restarts} restarts`);
  assert.ok(report.frames > MINUTES * 60 * 5, `It captured ${report.frames} frames in ${MINUTES} minutes, at 10 fps.`);
  assert.deepEqual(cutOff(), [], "Some were cut off.");
  // Its memory drops by a sixth at each full garbage collection, every half hour or so, and grows
  // back in minutes.
  const sixth = Math.ceil(MINUTES / 6);
  const [warm, end] = [Math.max(...minutes.slice(0, sixth)), Math.max(...minutes.slice(-sixth))];
  const growth = end / warm - 1;
  assert.ok(
    growth < MAX_GROWTH,
    `It grew by ${(growth * 100).toFixed(1)} %, from ${megabytes(warm)} MB in the first sixth to ${megabytes(end)} in the last; at most ${MAX_GROWTH * 100} % would be right.`,
  );
});

/** Frames of 640 × 480 like a camera's, of different sizes. */
async function drawPictures(): Promise<Buffer[]> {
  const draw = async (index: number) => {
    const noise = { type: "gaussian", mean: 128, sigma: 4 + index } as const;
    const image = sharp({ create: { width: 640, height: 480, channels: 3, background: "#000", noise } });
    return await image.jpeg({ quality: 40 }).toBuffer();
  };
  return await Promise.all(Array.from({ length: 20 }, (_, index) => draw(index)));
}

/** A viewer that leaves after some seconds and comes again. */
function comesAndGoes(come: () => BackgroundViewer): BackgroundViewer {
  const visit = { bytes: 0, end: undefined, leave: () => {} };
  let present = come();
  const clock = setInterval(() => {
    visit.bytes += present.bytes;
    present.leave();
    present = come();
  }, 3000);
  visit.leave = () => {
    clearInterval(clock);
    present.leave();
  };
  return visit;
}

function middle(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
