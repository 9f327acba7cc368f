import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import type { TestContext } from "node:test";

/**
 * Sets the system clock of this process for a test: `set(-3_600_000)` sets it back by an hour. It
 * runs on from there.
 */
export function settableClock(t: TestContext): { set(aheadMs: number): void } {
  const real = Date.now;
  let ahead = 0;
  t.mock.method(Date, "now", () => real() + ahead);
  return {
    set(aheadMs) {
      ahead = aheadMs;
    },
  };
}

/** For a test's `skip`: false if programs can have their own clock. */
export const needsFaketime: string | false =
  libfaketime() === undefined && "needs libfaketime: sudo apt-get install -y libfaketime";

/**
 * A clock for one program: its environment, and a function that sets the clock ahead of the real
 * one. Monotonic clocks are not affected (https://github.com/wolfcw/libfaketime, README).
 */
export function programClock(path: string): { env: Record<string, string>; set(aheadS: number): void } {
  const set = (aheadS: number) => {
    writeFileSync(`${path}.new`, `${aheadS < 0 ? "" : "+"}${aheadS}\n`);
    renameSync(`${path}.new`, path);
  };
  set(0);
  const env = {
    LD_PRELOAD: libfaketime() ?? "",
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
  return { env, set };
}

/** Returns its path, in a folder named after the machine's architecture. */
function libfaketime(): string | undefined {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const paths = folders.map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`);
  return paths.find((path) => existsSync(path));
}
