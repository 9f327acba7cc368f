import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/deferred.ts";
import { startServer } from "../support/programs/server.ts";
import { Crowd, countLiveFrames, countStreamFrames, Flood } from "../support/viewers/flood.ts";

/** `npm run test:long -- flood` measures how many frames the viewers keep. */
test("viewers go on during idle connections, slow requests and a flood of snapshots, and others can join", async (t) => {
  const { url } = await startServer(t, ["cam=fake#fps=30", "--max-requests=20"]);
  const watchers = [
    countStreamFrames(`${url}/video_feed`),
    countStreamFrames(`${url}/video_feed`),
    countLiveFrames(url, "cam"),
  ];
  const crowds = [new Crowd().idle(url, 200), new Crowd().slow(url, 40)];
  t.after(() => [...watchers, ...crowds].forEach((one) => void one.leave()));
  await until("all watch", () => watchers.every(({ frames }) => frames > 2));
  const flood = new Flood({ url: `${url}/snapshot.jpg`, connections: 100 });
  t.after(() => flood.stop());
  const refused = () => {
    const { 429: tooMany = 0, 503: unable = 0 } = flood.counts.answers;
    return tooMany + unable;
  };
  await until("the flood is refused", () => refused() > 50);
  const [before, refusedBefore] = [watchers.map(({ frames }) => frames), refused()];
  const newcomer = countStreamFrames(`${url}/cameras/cam/video_feed`);
  t.after(() => newcomer.leave());
  await until("one more viewer watches", () => newcomer.frames > 10);
  await until("each viewer goes on", () => watchers.every(({ frames }, index) => frames > (before[index] ?? 0) + 10));
  await until("the flood is still refused", () => refused() > refusedBefore);
  flood.stop();
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
