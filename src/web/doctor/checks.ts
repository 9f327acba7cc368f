import { address } from "../ui/address.ts";
import { examineBurst } from "./measure-link.ts";

/** The same as the server's. */
export interface Finding {
  check: string;
  about: string;
  level: "ok" | "note" | "problem";
  what: string;
  mend: string;
}

const HERE = "This browser";
const WAY = "The way here";

/** How far apart the clocks may be, in milliseconds, before ages and times read wrongly. */
const CLOCK_MS = 2000;

/**
 * A round trip, in milliseconds, from which on one feels it, as on a connection by mobile phone.
 */
const SLOW_MS = 300;

/** How long a WebSocket may take to open and to say its first word, in milliseconds. */
const SOCKET_MS = 5000;

/** Everything that only a browser can tell. Each gives its findings when it has them. */
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
    return [{ check: "websocket", about: WAY, level: "ok", what: "WebSockets get through.", mend: "" }];
  }
  const what = "WebSockets do not get through: pictures come another way, and later on slow links.";
  const mend =
    "In the web server in front let them pass, for nginx with the headers Upgrade and Connection; the page “Embed” has the lines.";
  return [{ check: "websocket", about: WAY, level: "problem", what, mend }];
}

async function examineTime(url: string): Promise<Finding[]> {
  const trips: { tripMs: number; aheadMs: number }[] = [];
  for (let count = 0; count < 5; count++) {
    const from = performance.now();
    const { now } = await (await fetch(url, { cache: "no-store" })).json();
    const tripMs = performance.now() - from;
    trips.push({ tripMs, aheadMs: now + tripMs / 2 - Date.now() });
  }
  // The quickest tells best.
  const [best = { tripMs: 0, aheadMs: 0 }] = trips.sort((a, b) => a.tripMs - b.tripMs);
  return [judgeTrip(best.tripMs), judgeClocks(best.aheadMs)];
}

function judgeTrip(tripMs: number): Finding {
  const what = `To the server and back takes ${tripMs < 10 ? tripMs.toFixed(1) : Math.round(tripMs)} ms.`;
  if (tripMs <= SLOW_MS) return { check: "trip", about: WAY, level: "ok", what, mend: "" };
  const mend = "Pictures are late by half of that at least; a nearer network, or one with fewer downloads, is quicker.";
  return { check: "trip", about: WAY, level: "note", what, mend };
}

/** @param aheadMs By how much the server's clock is ahead of this device's. */
function judgeClocks(aheadMs: number): Finding {
  const off = Math.abs(aheadMs);
  if (off <= CLOCK_MS) {
    const what = "The clocks of the server and of this device agree.";
    return { check: "clocks", about: WAY, level: "ok", what, mend: "" };
  }
  const words = off < 120_000 ? `${Math.round(off / 1000)} s` : `${Math.round(off / 60_000)} min`;
  const what = `The server's clock is ${words} ${aheadMs > 0 ? "ahead of" : "behind"} this device's.`;
  const mend = "Have both set by a time server: times in pictures and messages are by the server's clock.";
  return { check: "clocks", about: WAY, level: "note", what, mend };
}

function examineSecurity(isSecure: boolean, protocol: string): Finding[] {
  const findings: Finding[] = [];
  if (isSecure) {
    const what = "The browser trusts this address, and gives it all it has.";
    findings.push({ check: "secure", about: HERE, level: "ok", what, mend: "" });
  } else {
    const what =
      "This address is not secure to the browser: no keeping the screen on, no app to install, no sending from this device's camera, no clipboard.";
    const mend = "Serve https, with --tls-self-signed or a web server in front. To watch, nothing of it is needed.";
    findings.push({ check: "secure", about: HERE, level: "note", what, mend });
  }
  if (protocol === "https:") {
    const what = "It came by https: pages that came by https may show these cameras, and others too.";
    findings.push({ check: "mixed", about: HERE, level: "ok", what, mend: "" });
  } else {
    const what = "It came by plain http: a dashboard that comes by https cannot show these cameras.";
    findings.push({ check: "mixed", about: HERE, level: "note", what, mend: "For such a dashboard serve https." });
  }
  return findings;
}

/** What the live page makes use of, and what is done without it. */
const ABILITIES = [
  { name: "WebSocket", without: "pictures come as a stream each, of which browsers allow six" },
  { name: "Worker", without: "the page itself decodes pictures, and stutters sooner" },
  { name: "OffscreenCanvas", without: "the page itself paints pictures, and stutters sooner" },
  { name: "createImageBitmap", without: "pictures are shown as a stream each, of which browsers allow six" },
  { name: "ReadableStream", without: "this page cannot look at the way here" },
];

function examineAbilities(browser: Readonly<Record<string, unknown>>): Finding[] {
  const missing = ABILITIES.filter(({ name }) => browser[name] === undefined);
  if (missing.length === 0) {
    const what = "The browser can do all that these pages make use of.";
    return [{ check: "abilities", about: HERE, level: "ok", what, mend: "" }];
  }
  return missing.map(({ name, without }) => {
    const what = `The browser has no ${name}: ${without}.`;
    return { check: name, about: HERE, level: "note", what, mend: "A newer browser has it." };
  });
}
