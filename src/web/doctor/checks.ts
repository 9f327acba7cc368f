import { address } from "../ui/address.ts";
import { examineBurst } from "./measure-link.ts";

/** A result of one check, as the server has them. */
export interface Finding {
  check: string;
  about: string;
  level: "ok" | "note" | "problem";
  what: string;
  fix: string;
}

const HERE = "This browser";
const CONNECTION = "Connection";

/** How far apart the clocks may be before ages and times read wrongly. */
const CLOCK_MS = 2000;

/** A round trip that people notice, as over a mobile network. */
const SLOW_MS = 300;

/** How long a WebSocket may take to open and to bring its first message. */
const SOCKET_MS = 5000;

/** The checks that only a browser can make. */
export const checks: readonly (() => Promise<Finding[]>)[] = [
  () => examineBurst(address("doctor/burst")),
  () => examineSocket(address("live").replace(/^http/, "ws")),
  () => examineTime(address("api/doctor/time")),
  async () => examineSecurity(window.isSecureContext, location.protocol),
  async () => examineAbilities(globalThis as unknown as Record<string, unknown>),
];

async function examineSocket(url: string): Promise<Finding[]> {
  const opened = await new Promise((resolve) => {
    const socket = new WebSocket(url);
    const timer = setTimeout(() => finish(false), SOCKET_MS);
    const finish = (result: boolean) => {
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    socket.addEventListener("message", () => finish(true));
    socket.addEventListener("close", () => finish(false));
  });
  if (opened) {
    return [{ check: "websocket", about: CONNECTION, level: "ok", what: "WebSockets work.", fix: "" }];
  }
  const what = "WebSockets are blocked: frames come another way, and later on slow links.";
  const fix =
    'Let the web server in front pass them on, for nginx with the headers Upgrade and Connection. The page "Embed" has the lines.';
  return [{ check: "websocket", about: CONNECTION, level: "problem", what, fix }];
}

async function examineTime(url: string): Promise<Finding[]> {
  const trips: { rttMs: number; aheadMs: number }[] = [];
  for (let count = 0; count < 5; count++) {
    const from = performance.now();
    const { now } = await (await fetch(url, { cache: "no-store" })).json();
    const rttMs = performance.now() - from;
    trips.push({ rttMs, aheadMs: now + rttMs / 2 - Date.now() });
  }
  // The shortest round trip tells the time best.
  const [best = { rttMs: 0, aheadMs: 0 }] = trips.sort((a, b) => a.rttMs - b.rttMs);
  return [judgeTrip(best.rttMs), judgeClocks(best.aheadMs)];
}

function judgeTrip(rttMs: number): Finding {
  const what = `The round trip to the server takes ${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms.`;
  if (rttMs <= SLOW_MS) return { check: "trip", about: CONNECTION, level: "ok", what, fix: "" };
  const fix = "Frames are late by at least half of that. A nearer network, or one with fewer downloads, is faster.";
  return { check: "trip", about: CONNECTION, level: "note", what, fix };
}

/** @param aheadMs By how much the server's clock is ahead of this device's. */
function judgeClocks(aheadMs: number): Finding {
  const off = Math.abs(aheadMs);
  if (off <= CLOCK_MS) {
    const what = "The clocks of the server and of this device agree.";
    return { check: "clocks", about: CONNECTION, level: "ok", what, fix: "" };
  }
  const words = off < 120_000 ? `${Math.round(off / 1000)} s` : `${Math.round(off / 60_000)} min`;
  const what = `The server's clock is ${words} ${aheadMs > 0 ? "ahead of" : "behind"} this device's.`;
  const fix = "Set both clocks by a time server: times in frames and messages are by the server's clock.";
  return { check: "clocks", about: CONNECTION, level: "note", what, fix };
}

function examineSecurity(isSecure: boolean, protocol: string): Finding[] {
  const findings: Finding[] = [];
  if (isSecure) {
    const what = "The page is secure: the browser allows all features.";
    findings.push({ check: "secure", about: HERE, level: "ok", what, fix: "" });
  } else {
    const what =
      "The page is not secure. The browser does not keep the screen on, install the app, allow this device's camera or use the clipboard.";
    const fix = "Serve https, with --tls-self-signed or a web server in front. Watching works without it.";
    findings.push({ check: "secure", about: HERE, level: "note", what, fix });
  }
  if (protocol === "https:") {
    const what = "The page came over https: dashboards over http and https can show these cameras.";
    findings.push({ check: "mixed", about: HERE, level: "ok", what, fix: "" });
  } else {
    const what = "The page came over plain http: a dashboard over https cannot show these cameras.";
    findings.push({ check: "mixed", about: HERE, level: "note", what, fix: "Serve https for such a dashboard." });
  }
  return findings;
}

/** What the live page uses, and what happens without it. */
const ABILITIES = [
  { name: "WebSocket", without: "each camera needs a stream, and browsers allow six" },
  { name: "Worker", without: "the page itself decodes frames, and stutters sooner" },
  { name: "OffscreenCanvas", without: "the page itself paints frames, and stutters sooner" },
  { name: "createImageBitmap", without: "each camera needs a stream, and browsers allow six" },
  { name: "ReadableStream", without: "this page cannot check the connection" },
];

function examineAbilities(browser: Readonly<Record<string, unknown>>): Finding[] {
  const missing = ABILITIES.filter(({ name }) => browser[name] === undefined);
  if (missing.length === 0) {
    const what = "The browser has all features that these pages use.";
    return [{ check: "abilities", about: HERE, level: "ok", what, fix: "" }];
  }
  return missing.map(({ name, without }) => {
    const what = `The browser has no ${name}: ${without}.`;
    return { check: name, about: HERE, level: "note", what, fix: "Use a newer browser." };
  });
}
