import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { childrenNamed } from "../support/programs/processes.ts";
import { startServer } from "../support/programs/server.ts";
import { needs } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

test("when the source is killed its viewers stay, the status says why, and frames return", {
  skip: needs("ffmpeg") || (process.platform !== "linux" && "finds the child in /proc"),
}, async (t) => {
  const { url, report } = await startServer(t, [`clip=ffmpeg:${makeClip(t, "video.mp4")}#loop=true`]);
  const status = () => report("clip");
  const viewers = [1, 2].map(() => watchStream(t, `${url}/video_feed`, { keep: false }));
  await until("it is live", async () => (await status()).frames > 10);

  for (const { pid } of childrenNamed("ffmpeg")) process.kill(pid, "SIGKILL");
  const retrying = await until("it is retrying", async () => {
    const now = await status();
    return now.state === "retrying" ? now : undefined;
  });
  assert.match(retrying.lastError?.message ?? "", /^ffmpeg was ended by SIGKILL/);
  assert.equal(retrying.online, false);
  assert.equal(retrying.viewers.length, 2);

  await until("it is live again", async () => (await status()).frames > retrying.frames + 10);
  assert.equal((await status()).state, "live");
  assert.equal((await status()).restarts, 1);
  const before = viewers.map(({ pictures }) => pictures.length);
  await until("both see it", () => viewers.every(({ pictures }, index) => pictures.length > (before[index] as number)));
  assert.deepEqual(
    viewers.map(({ ended }) => ended),
    [false, false],
  );
});
