import assert from "node:assert/strict";
import { get } from "node:http";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { descriptors } from "../support/programs/proc.ts";
import { childrenNamed } from "../support/programs/processes.ts";
import { startServer } from "../support/programs/server.ts";
import { generator } from "../support/sockets/udp.ts";
import { needs } from "../support/tools.ts";

/** Viewers at a time, and how often each comes. `npm run test:long -- viewers` watches memory. */
const VIEWERS = 100;
const VISITS = 5;

/** Watches a stream until some bytes have come, or leaves before its head has. */
function watchBriefly(url: string, wantedBytes: number): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const request = get(`${url}/video_feed`, { agent: false }, (response) => {
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= wantedBytes) request.destroy();
      });
      response.on("error", () => {});
    });
    request.on("error", () => {});
    request.on("close", resolve);
    if (wantedBytes === 0) request.on("socket", (socket) => socket.once("connect", () => request.destroy()));
  });
}

/** Returns what this process holds that viewers could leave behind. */
function held() {
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  return { descriptors: descriptors(process.pid), timers };
}

/** Collects the warnings of this process until the test ends, such as of too many listeners. */
function warningsOf(t: TestContext): string[] {
  const warnings: string[] = [];
  const note = (warning: Error) => void warnings.push(String(warning));
  process.on("warning", note);
  t.after(() => process.off("warning", note));
  return warnings;
}

test("100 viewers that come and go at random leave nothing behind, and open the camera only once", {
  skip: needs("ffmpeg") || (process.platform !== "linux" && "counts in /proc"),
}, async (t) => {
  const warnings = warningsOf(t);
  const clip = `clip=ffmpeg:${makeClip(t, "video.avi")}#loop=true`;
  const server = await startServer(t, ["--log-level=debug", clip, "--linger", "1s"]);
  const random = generator(7);
  const comeAndGo = async (visits: number) => {
    const viewer = async () => {
      for (let visit = 0; visit < visits; visit++) {
        await watchBriefly(server.url, random() < 0.2 ? 0 : random() * 100_000);
        await setImmediate();
      }
    };
    await Promise.all(Array.from({ length: VIEWERS }, viewer));
    await until("the camera is released", () => server.logOf("clip").at(-1) === "released");
    await until("its program has ended", () => childrenNamed("ffmpeg").length === 0);
  };
  // What is loaded when it is first needed stays.
  await comeAndGo(1);
  const before = held();
  await comeAndGo(VISITS);
  await until("nothing is left", () => {
    const { descriptors, timers } = held();
    return descriptors <= before.descriptors && timers <= before.timers;
  });
  assert.deepEqual(server.logOf("clip"), ["opened", "live", "released", "opened", "live", "released"]);
  assert.doesNotMatch(server.errors(), /"level":[456]0/);
  assert.deepEqual(warnings, []);
  const { viewers, state } = await server.report("clip");
  assert.deepEqual([viewers, state], [[], "idle"]);
});
