import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";
import { install } from "@sinonjs/fake-timers";

/** The first time of a test, so that dates in it are the same every day. */
const START = Date.UTC(2026, 10, 28, 12);

const STEP_MS = 10;

/** No condition of a test takes longer. */
const MAX_WAIT_MS = 3_600_000;

export interface VirtualTime {
  /** Lets time pass, and runs what is due in order, with what follows from it. */
  advance(ms: number): Promise<void>;
  /**
   * Lets time pass until a condition holds, in steps of 10 ms; returns its value. Fails after an
   * hour.
   */
  until<T>(what: string, condition: () => T | Promise<T>): Promise<NonNullable<T>>;
}

/**
 * Stops the time of this process until the test ends: timers, those of `node:timers/promises` too,
 * `Date` and `performance.now()`. Sockets, files and processes keep their own time.
 */
export function virtualTime(t: TestContext, start = START): VirtualTime {
  const toFake = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;
  const clock = install({ now: start, toFake: [...toFake] });
  // Imports by name see the change only after this.
  syncBuiltinESMExports();
  t.after(() => {
    clock.uninstall();
    syncBuiltinESMExports();
  });
  const advance = async (ms: number) => {
    await clock.tickAsync(ms);
  };
  return {
    advance,
    async until(what, condition) {
      for (let waited = 0; waited <= MAX_WAIT_MS; waited += STEP_MS) {
        const value = await condition();
        if (value) return value as NonNullable<typeof value>;
        await advance(STEP_MS);
      }
      throw new Error(`It was not so within an hour: ${what}`);
    },
  };
}
