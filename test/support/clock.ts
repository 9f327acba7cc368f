import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import type { TestContext } from "node:test";

/** Sets this process's system clock for a test: `set(-3_600_000)` is an hour before the real one. It goes on from there. */
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

/** For a test's `skip`: false when programs can be given a clock of their own. */
export const needsFaketime: string | false =
  libfaketime() === undefined && "needs libfaketime: sudo apt-get install -y libfaketime";

/**
 * A clock for a program alone: its environment, and what sets it so many seconds ahead of the real one. Times that never jump
 * stay as they are (https://github.com/wolfcw/libfaketime, README).
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

/** It is in a folder of the machine's architecture. */
function libfaketime(): string | undefined {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const paths = folders.map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`);
  return paths.find((path) => existsSync(path));
}
