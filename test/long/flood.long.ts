/*
 * Measures what a flood does to viewers. The server runs as built in its own process, with five
 * viewers of its stream and one of `/live`. The flood: 1000 idle connections, 200 that never finish
 * the head of a request, and requests for snapshots. FLOOD_ARGS are more arguments of the server.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/deferred.ts";
import { startProgram } from "../support/programs/program.ts";
import {
  Crowd,
  countLiveFrames,
  countStreamFrames,
  Flood,
  type FloodCounts,
  type FloodOptions,
  type FrameCounter,
} from "../support/viewers/flood.ts";

const MORE_ARGS = (process.env["FLOOD_ARGS"] ?? "").split(" ").filter(Boolean);

/** How long to count, before a flood and during it; FLOOD_SECONDS=N sets another. */
const COUNT_MS = Number(process.env["FLOOD_SECONDS"] ?? 10) * 1000;

/** The share of frames that viewers must receive. */
const TARGET = 0.95;

interface Scenario {
  readonly flood: Omit<FloodOptions, "url">;
  /** More arguments of the server. */
  readonly args?: readonly string[];
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "one request after the other on each of 100 connections": { flood: { connections: 100 } },
  "10,000 requests a second on 100 connections, whatever the answers": {
    flood: { connections: 100, perSecond: 10_000 },
  },
  "10,000 requests a second, each on a new connection": {
    flood: { connections: 100, perSecond: 10_000, closes: true },
  },
  "10,000 requests a second of 5000 addresses, through a trusted proxy": {
    flood: { connections: 100, perSecond: 10_000, addresses: 5000 },
    args: ["--trust-proxy=loopback"],
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(`viewers keep ${TARGET} of their frames during ${name}`, async (t) => {
    const { ratio, asked, answered, cpu } = await measure(t, scenario);
    const figures = `${ratio.toFixed(3)}: ${asked} requests and ${answered} answers a second, ${Math.round(cpu * 100)} % of a core`;
    process.stdout.write(`${name}: ${figures}\n`);
    assert.ok(ratio >= TARGET, figures);
  });
}

async function measure(t: TestContext, { flood: options, args = [] }: Scenario) {
  const { process: server, url } = await startProgram(t, [...args, ...MORE_ARGS, "cam=fake#fps=30"]);
  const watchers = [
    ...Array.from({ length: 5 }, () => countStreamFrames(`${url}/video_feed`)),
    countLiveFrames(url, "cam"),
  ];
  const crowd = new Crowd();
  t.after(() => {
    for (const one of [crowd, ...watchers]) one.leave();
  });
  await until("all watch", () => watchers.every(({ frames }) => frames > 30));
  const before = await count(server, watchers);
  crowd.idle(url, 1000).slow(url, 200);
  const flood = new Flood({ url: `${url}/snapshot.jpg`, ...options });
  t.after(() => flood.stop());
  await until("the flood has begun", () => flood.counts.requests > 0);
  const begun = flood.counts;
  const during = await count(server, watchers);
  const perSecond = (number: number) => Math.round((number * 1000) / during.ms);
  return {
    ratio: Math.min(...during.rates.map((rate, index) => rate / (before.rates[index] ?? Number.NaN))),
    asked: perSecond(flood.counts.requests - begun.requests),
    answered: perSecond(answersOf(flood.counts) - answersOf(begun)),
    cpu: during.cpu,
  };
}

/** Measures the fps of each viewer and the server's CPU time for a while. */
async function count(server: ChildProcess, watchers: readonly FrameCounter[]) {
  const [since, cpu, frames] = [performance.now(), cpuMs(server), watchers.map((watcher) => watcher.frames)];
  await sleep(COUNT_MS);
  const ms = performance.now() - since;
  const rates = watchers.map((watcher, index) => ((watcher.frames - (frames[index] ?? 0)) * 1000) / ms);
  return { ms, rates, cpu: (cpuMs(server) - cpu) / ms };
}

function answersOf({ answers }: FloodCounts): number {
  return Object.values(answers).reduce((sum, count) => sum + count, 0);
}

/**
 * Returns the CPU time of the server in milliseconds: user and system time of proc(5), in ticks of
 * 10 ms.
 */
function cpuMs(server: ChildProcess): number {
  const [, rest = ""] = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
