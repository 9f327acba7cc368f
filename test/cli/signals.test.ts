import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { followSignals } from "../../src/cli/signals.ts";
import { deferred } from "../support/deferred.ts";
import { virtualTime } from "../support/virtual-time.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Follows the signals of this process, for one test, and notes what happens. */
function followed(t: TestContext, stop: () => Promise<void>) {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const happened: string[] = [];
  followSignals({
    stop: () => {
      happened.push("stop");
      return stop();
    },
    reload: async () => void happened.push("reload"),
    log: { warn: (_fields: object, text: string) => happened.push(text) } as never,
    exit: async (status) => void happened.push(`exit ${status}`),
  });
  t.after(() => {
    for (const [index, signal] of SIGNALS.entries()) {
      process.removeAllListeners(signal);
      for (const listener of before[index] ?? []) process.on(signal, listener);
    }
  });
  return happened;
}

const skip = process.platform === "win32" && "signals of Unix";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} stops the server, then ends the process with status 0`, { skip }, async (t) => {
    const time = virtualTime(t);
    const stopped = deferred();
    const happened = followed(t, () => stopped.promise);
    process.emit(signal);
    await time.advance(1999);
    assert.deepEqual(happened, ["stop"]);
    stopped.resolve();
    await time.advance(0);
    assert.deepEqual(happened, ["stop", "exit 0"]);
  });
}

test("a stop that takes 2 s is forced, and the log says so", { skip }, async (t) => {
  const time = virtualTime(t);
  const happened = followed(t, () => new Promise(() => {}));
  process.emit("SIGTERM");
  await time.advance(1999);
  assert.deepEqual(happened, ["stop"]);
  await time.advance(1);
  assert.deepEqual(happened, ["stop", "Stop forced: the server has not stopped within 2 s", "exit 0"]);
});

test("a second signal ends the process at once, with status 1", { skip }, (t) => {
  virtualTime(t);
  const happened = followed(t, () => new Promise(() => {}));
  process.emit("SIGTERM");
  process.emit("SIGINT");
  assert.deepEqual(happened, ["stop", "exit 1"]);
});

test("SIGHUP reads the configuration again", { skip }, (t) => {
  const happened = followed(t, async () => {});
  process.emit("SIGHUP");
  assert.deepEqual(happened, ["reload"]);
});
