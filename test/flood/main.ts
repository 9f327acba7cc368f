/*
 * Measures what a flood does to viewers. The server runs as built in its own process, with five
 * viewers of its stream and one of `/live`. The flood: 1000 idle connections, 200 that never finish
 * the head of a request, and requests for snapshots. Arguments go to the server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { until } from "../support/deferred.ts";
import {
  Crowd,
  countLiveFrames,
  countStreamFrames,
  Flood,
  type FloodCounts,
  type FloodOptions,
  type FrameCounter,
} from "../support/viewers/flood.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const PORT = 18_090;
const URL_OF = `http://127.0.0.1:${PORT}`;

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

let worst = 1;
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const { ratio, asked, answered, cpu } = await measure(scenario);
  worst = Math.min(worst, ratio);
  process.stdout.write(
    `${name}: ${ratio.toFixed(3)} (${asked} requests and ${answered} answers a second, ${Math.round(cpu * 100)} % of a core)\n`,
  );
}
const verdict = worst >= TARGET ? "kept" : "NOT kept";
process.stdout.write(`${verdict}: ${TARGET} of the frames of each of six viewers; ${worst.toFixed(3)} at worst\n`);
process.exit(worst >= TARGET ? 0 : 1);

async function measure({ flood: options, args = [] }: Scenario) {
  const all = [`--host=127.0.0.1`, `--port=${PORT}`, ...args, ...process.argv.slice(2), "cam=fake#fps=30"];
  const server = spawn(process.execPath, [MAIN, ...all], { stdio: ["ignore", "ignore", "ignore"] });
  try {
    await until("the server listens", async () => {
      if (server.exitCode !== null) throw new Error(`The server has ended with ${server.exitCode}`);
      return (await fetch(`${URL_OF}/healthz`).catch(() => undefined))?.ok;
    });
    const watchers = [
      ...Array.from({ length: 5 }, () => countStreamFrames(`${URL_OF}/video_feed`)),
      countLiveFrames(URL_OF, "cam"),
    ];
    await until("all watch", () => watchers.every(({ frames }) => frames > 30));
    const before = await count(server, watchers);
    const crowd = new Crowd().idle(URL_OF, 1000).slow(URL_OF, 200);
    const flood = new Flood({ url: `${URL_OF}/snapshot.jpg`, ...options });
    await until("the flood has begun", () => flood.counts.requests > 0);
    const begun = flood.counts;
    const during = await count(server, watchers);
    const perSecond = (number: number) => Math.round((number * 1000) / during.ms);
    flood.stop();
    crowd.leave();
    for (const watcher of watchers) watcher.leave();
    return {
      ratio: Math.min(...during.rates.map((rate, index) => rate / (before.rates[index] ?? Number.NaN))),
      asked: perSecond(flood.counts.requests - begun.requests),
      answered: perSecond(answersOf(flood.counts) - answersOf(begun)),
      cpu: during.cpu,
    };
  } finally {
    const ended = once(server, "exit");
    if (server.kill()) await ended;
  }
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
