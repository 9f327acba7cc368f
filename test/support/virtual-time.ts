import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";
import { install } from "@sinonjs/fake-timers";
import { epochNow } from "../../src/util/clock.ts";

/** The first time of a test, so that dates in it are the same every day. */
const START = Date.UTC(2026, 10, 28, 12);

/** No condition of a test takes longer. */
const MAX_WAIT_MS = 600_000;

/** More than any chain of promises and immediates takes that waits for no timer. */
const TURNS = 5;

const TO_FAKE = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;

/** Real ones. */
const { setTimeout, performance } = globalThis;

export interface VirtualTime {
  /** The ms that have passed. */
  readonly passedMs: number;
  /** Lets time pass, and runs what is due in order, with what follows from each before the next. */
  advance(ms: number): Promise<void>;
  /**
   * Lets time pass until a condition holds, in steps of 10 ms; returns its value. Fails after ten
   * minutes. After each step, sockets, files and processes have a real ms: if it is they that are
   * waited for, `until` of deferred.ts waits while time stands still.
   */
  until<T>(what: string, condition: () => T | Promise<T>, stepMs?: number): Promise<NonNullable<T>>;
  /** Lets time pass until a promise settles, in steps of 10 ms; resolves or rejects as it does. */
  settle<T>(promise: Promise<T>, stepMs?: number): Promise<T>;
  /** Sets the system's clock, as a user or a time server does; nothing becomes due. */
  setClock(now: number): void;
}

/**
 * Stops the time of this process until the test ends: timers, those of `node:timers/promises` and
 * of `AbortSignal.timeout` too, `Date` and `performance.now()`. Sockets, files and processes keep
 * their own time.
 */
export function virtualTime(t: TestContext, start = START): VirtualTime {
  // What was made before keeps its age.
  const elapsed = Math.ceil(performance.now());
  const clock = install({ now: start - elapsed, toFake: [...TO_FAKE], shouldClearNativeTimers: true });
  clock.tick(elapsed);
  // The program's clock tolerates a difference of a ms, such as that to the test before.
  clock.setSystemTime(0);
  epochNow();
  clock.setSystemTime(start);
  // A pause of less than 1 ms takes 1 ms, as in Node: a loop of them would stop the time.
  Object.defineProperty(clock, "duringTick", { get: () => true, set() {} });
  // Imports by name see the change only after this.
  syncBuiltinESMExports();
  t.mock.method(AbortSignal, "timeout", abortAfter);
  t.after(() => {
    clock.uninstall();
    syncBuiltinESMExports();
  });

  const advance = async (ms: number) => {
    const end = clock.now + ms;
    await turns();
    while (isDue(clock, end)) {
      // Not `nextAsync`, which waits for a real timer: on a busy machine for 15 ms.
      clock.next();
      await turns();
    }
    clock.tick(end - clock.now);
  };
  const until: VirtualTime["until"] = async (what, condition, stepMs = 10) => {
    for (let waited = 0; waited <= MAX_WAIT_MS; waited += stepMs) {
      const value = await condition();
      if (value) return value as NonNullable<typeof value>;
      await advance(stepMs);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`It was not so within ten minutes: ${what}`);
  };
  let jumpedMs = 0;
  return {
    get passedMs() {
      return clock.now - start - jumpedMs;
    },
    advance,
    until,
    async settle(promise, stepMs) {
      let isSettled = false;
      const settled = () => {
        isSettled = true;
      };
      promise.then(settled, settled);
      await until("a promise is settled", () => isSettled, stepMs);
      return await promise;
    },
    setClock(now) {
      jumpedMs += now - clock.now;
      clock.setSystemTime(now);
    },
  };
}

/** Lets all go on that waits for no timer. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
}

/** The clock tells the time of its timers in no other way. */
function isDue(clock: object, end: number): boolean {
  const { timers = new Map() } = clock as { timers?: ReadonlyMap<number, { callAt: number }> };
  return [...timers.values()].some(({ callAt }) => callAt <= end);
}

function abortAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  const error = new DOMException("The operation was aborted due to timeout", "TimeoutError");
  globalThis.setTimeout(() => controller.abort(error), ms).unref();
  return controller.signal;
}
