import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/deferred.ts";
import { startProgram } from "../support/programs/program.ts";
import { Crowd, countLiveFrames, countStreamFrames, Flood, type FrameCounter } from "../support/viewers/flood.ts";

/** How long to count, and how often to try: on a busy machine frames are missed without a flood. */
const COUNT_MS = 2000;
const TRIES = 3;

async function count(watchers: readonly FrameCounter[]): Promise<number[]> {
  const before = watchers.map(({ frames }) => frames);
  await sleep(COUNT_MS);
  return watchers.map(({ frames }, index) => frames - (before[index] as number));
}

/** `npm run test:long -- flood` measures all of it. */
test("viewers keep their fps during idle connections, slow requests and a flood of snapshots, and others can join", async (t) => {
  const { url } = await startProgram(t, ["cam=fake#fps=30", "--max-requests=20"]);
  const watchers = [
    countStreamFrames(`${url}/video_feed`),
    countStreamFrames(`${url}/video_feed`),
    countLiveFrames(url, "cam"),
  ];
  const crowds = [new Crowd(), new Crowd()];
  t.after(() => [...watchers, ...crowds].forEach((one) => void one.leave()));
  await until("all watch", () => watchers.every(({ frames }) => frames > 10));
  let ratio = 0;
  for (let round = 0; round < TRIES && ratio < 0.9; round++) {
    const before = await count(watchers);
    crowds[0]?.idle(url, 200);
    crowds[1]?.slow(url, 40);
    const flood = new Flood({ url: `${url}/snapshot.jpg`, connections: 100 });
    try {
      await until("the flood is refused", () => {
        const { 429: refused = 0, 503: unable = 0 } = flood.counts.answers;
        return refused + unable > 50;
      });
      const during = await count(watchers);
      ratio = Math.max(ratio, Math.min(...during.map((frames, index) => frames / (before[index] as number))));
      const newcomer = countStreamFrames(`${url}/cameras/cam/video_feed`);
      await until("one more viewer watches", () => newcomer.frames > 10);
      newcomer.leave();
    } finally {
      flood.stop();
      for (const crowd of crowds) crowd.leave();
    }
  }
  assert.ok(ratio >= 0.9, `the viewers kept ${ratio.toFixed(2)}`);
  assert.ok(watchers.every(({ isOpen }) => isOpen));
  const metrics = await until("a monitor gets an answer", async () => {
    const response = await fetch(`${url}/metrics`);
    return response.ok ? await response.text() : undefined;
  });
  const sum = (pattern: RegExp) =>
    Array.from(metrics.matchAll(pattern), ([, number]) => Number(number)).reduce((one, other) => one + other);
  const reached = sum(/^stillstream_limits_reached_total\{limit="(?:requests|load)"\} (\d+)$/gm);
  assert.ok(reached > 50, `${reached}`);
  assert.ok(sum(/^stillstream_http_refusals_total\{status="(?:429|503)"\} (\d+)$/gm) >= reached);
});
