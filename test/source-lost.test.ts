import assert from "node:assert/strict";
import { type ClientRequest, get } from "node:http";
import { type TestContext, test } from "node:test";
import type { CameraReport } from "../src/http/status.ts";
import { makeClip } from "./support/clips.ts";
import { until } from "./support/deferred.ts";
import { childrenOf } from "./support/proc.ts";
import { startProgram } from "./support/program.ts";
import { needs } from "./support/tools.ts";

interface Watcher {
  bytes: number;
  ended: boolean;
}

/** A viewer for the length of the test. */
function watch(t: TestContext, url: string): Watcher {
  const watcher = { bytes: 0, ended: false };
  const request: ClientRequest = get(`${url}/video_feed`, (response) => {
    response.on("data", (chunk: Buffer) => {
      watcher.bytes += chunk.length;
    });
    response.on("close", () => {
      watcher.ended = true;
    });
    response.on("error", () => {});
  });
  request.on("error", () => {});
  t.after(() => request.destroy());
  return watcher;
}

test("when the source is killed its viewers stay, the status says why, and pictures return", {
  skip: needs("ffmpeg") || (process.platform !== "linux" && "finds the child in /proc"),
}, async (t) => {
  const { url, process: program } = await startProgram(t, [`clip=ffmpeg:${makeClip(t, "video.mp4")}#loop=true`]);
  const status = async () => (await fetch(`${url}/api/cameras/clip`)).json() as Promise<CameraReport>;
  const viewers = [watch(t, url), watch(t, url)];
  await until("it is live", async () => (await status()).frames > 10);

  for (const pid of childrenOf(program.pid as number)) process.kill(pid, "SIGKILL");
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
  const before = viewers.map(({ bytes }) => bytes);
  await until("both see it", () => viewers.every(({ bytes }, index) => bytes > (before[index] as number)));
  assert.deepEqual(
    viewers.map(({ ended }) => ended),
    [false, false],
  );
});
