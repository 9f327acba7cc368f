import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { children, descriptors, residentBytes } from "../support/programs/proc.ts";
import { startProgram } from "../support/programs/program.ts";
import { needs } from "../support/tools.ts";

/** Watches for a random time; resolves with the number of bytes. */
function watchBriefly(url: string, ms: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const request = get(`${url}/video_feed`, (response) => {
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("error", () => {});
    });
    request.on("error", (error) => (request.destroyed ? resolve(bytes) : reject(error)));
    setTimeout(() => {
      request.destroy();
      resolve(bytes);
    }, ms);
  });
}

/**
 * Megabytes that viewers may leave in memory, and how often to check before it counts as a leak.
 */
const MAX_GROWTH_MB = 20;
const ROUNDS = 4;

/** How long a round takes: some thousand viewers. `npm run test:long -- chaos` takes minutes. */
const ROUND_MS = 9000;

test("100 viewers that come and go at random leave nothing behind, and open the camera only once", {
  skip: needs("ffmpeg") || (process.platform !== "linux" && "counts in /proc"),
}, async (t) => {
  const program = await startProgram(t, [
    "--log-level=debug",
    `clip=ffmpeg:${makeClip(t, "video.avi")}#loop=true`,
    "--linger",
    "1s",
  ]);
  const pid = program.process.pid as number;
  const comeAndGo = async (ms: number) => {
    const endsAt = performance.now() + ms;
    const viewer = async () => {
      while (performance.now() < endsAt) {
        await watchBriefly(program.url, Math.random() * 1500);
        await sleep(Math.random() * 200);
      }
    };
    await Promise.all(Array.from({ length: 100 }, viewer));
  };
  const warm = async () => {
    assert.ok((await watchBriefly(program.url, 1000)) > 0);
    await comeAndGo(5000);
    await until("the camera is released", () => children(pid) === 0 && events(program.errors()).released >= 1, 15_000);
  };
  // Caches, pools and the young generation fill once under load; later growth is a leak.
  await warm();
  const before = { descriptors: descriptors(pid), resident: residentBytes(pid), events: events(program.errors()) };

  await comeAndGo(ROUND_MS);

  await until("the camera is released", () => children(pid) === 0, 15_000);
  await until("the status says so", () => events(program.errors()).released > before.events.released);
  await until("every descriptor is closed", () => descriptors(pid) <= before.descriptors);
  const { opened, released, warnings } = events(program.errors());
  assert.deepEqual([opened - before.events.opened, released - before.events.released], [1, 1]);
  assert.equal(warnings, "");
  // A leak grows in every round; the heap of a busy process grows only until it has found its size.
  const grown = [megabytes(residentBytes(pid) - before.resident)];
  while (grown.length < ROUNDS && (grown.at(-1) as number) >= MAX_GROWTH_MB) {
    const resident = residentBytes(pid);
    await comeAndGo(ROUND_MS);
    await until("the camera is released again", () => children(pid) === 0, 15_000);
    grown.push(megabytes(residentBytes(pid) - resident));
  }
  assert.ok((grown.at(-1) as number) < MAX_GROWTH_MB, `grew by ${grown.join(", ")} MB`);
  const status = (await (await fetch(`${program.url}/api/cameras/clip`)).json()) as {
    viewers: unknown[];
    state: string;
  };
  assert.deepEqual([status.viewers, status.state], [[], "idle"]);
});

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 102.4) / 10;
}

function events(log: string): { opened: number; released: number; warnings: string } {
  const count = (text: string) => log.split(`"msg":"${text}"`).length - 1;
  const warnings = log.split("\n").filter((line) => /Warning|"level":[456]0/.test(line));
  return { opened: count("opened"), released: count("released"), warnings: warnings.join("\n") };
}
