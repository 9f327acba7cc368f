import type { Page } from "playwright-core";
import { until } from "../deferred.ts";
import type { OpenTab } from "./tab.ts";

/** Short against all waits of a page, so that answers come in time. */
const STEP_MS = 500;

/** A page whose time passes faster. */
export interface PageTime {
  readonly page: Page;
  /** How many streams and WebSockets the page has requested so far. */
  connections(): number;
  /** Lets time pass in steps until a condition holds, or `maxMs` have passed. */
  passUntil(what: string, condition: () => boolean | Promise<boolean>, maxMs?: number): Promise<void>;
  /** Lets that time pass, and calls `look` after each step. */
  pass(ms: number, look?: () => Promise<unknown>): Promise<void>;
  /** Whether the server has answered all questions for its time. */
  isTimeTold(): boolean;
}

/** Opens a page that does all its work itself: workers keep their own time. */
export async function openWithTime(open: OpenTab, url: string): Promise<PageTime> {
  const page = await open("about:blank");
  await page.addInitScript(() => Reflect.deleteProperty(window, "Worker"));
  const { connections, isTimeTold, isAnswered } = watchTraffic(page);
  await page.clock.install();
  await page.goto(url, { waitUntil: "domcontentloaded" });
  const step = async () => {
    await until("all requests are answered", isAnswered);
    await page.clock.runFor(STEP_MS);
  };
  return {
    page,
    connections,
    isTimeTold,
    async passUntil(what, condition, maxMs = 120_000) {
      for (let passed = 0; !(await condition()); passed += STEP_MS) {
        if (passed >= maxMs) throw new Error(`It was not so within ${maxMs} ms: ${what}`);
        await step();
      }
    },
    async pass(ms, look = async () => {}) {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        await step();
        await look();
      }
    },
  };
}

/** Counts what the page requests, and what it was not answered yet. */
function watchTraffic(page: Page) {
  const pending = new Set<unknown>();
  let connections = 0;
  /** Of the WebSockets: how often the page asked for the time without an answer. */
  let asked = 0;
  page.on("request", (request) => {
    if (/\/video_feed/.test(request.url())) connections += 1;
    else pending.add(request);
  });
  page.on("requestfinished", (request) => pending.delete(request));
  page.on("requestfailed", (request) => pending.delete(request));
  page.on("websocket", (socket) => {
    connections += 1;
    asked = 0;
    const isTime = ({ payload }: { payload: string | Buffer }) => String(payload).startsWith('{"type":"time"');
    socket.on("framesent", (frame) => (asked += isTime(frame) ? 1 : 0));
    socket.on("framereceived", (frame) => (asked -= isTime(frame) ? 1 : 0));
  });
  return { connections: () => connections, isAnswered: () => pending.size === 0, isTimeTold: () => asked <= 0 };
}
