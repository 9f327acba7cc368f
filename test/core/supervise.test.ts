import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type SuperviseOptions, supervise } from "../../src/core/supervise.ts";
import { pause } from "../../src/util/abort.ts";
import { deferred } from "../support/deferred.ts";
import { type VirtualTime, virtualTime } from "../support/virtual-time.ts";

const never = new AbortController().signal;

/** Reads a source until `stop`; notes each event with its time. */
function watch<T>(
  time: VirtualTime,
  open: (signal: AbortSignal) => AsyncIterable<T>,
  options: Partial<SuperviseOptions> = {},
) {
  const leave = new AbortController();
  const opened: number[] = [];
  const items: [atMs: number, item: T][] = [];
  const failures: [atMs: number, message: string, pauseMs: number][] = [];
  const supervised = supervise(
    (signal) => {
      opened.push(time.passedMs);
      return open(signal);
    },
    leave.signal,
    {
      stallMs: 10_000,
      onFailure: ({ message }, pauseMs) => failures.push([time.passedMs, message, pauseMs]),
      ...options,
    },
  );
  const ended = (async () => {
    for await (const item of supervised) items.push([time.passedMs, item]);
    return time.passedMs;
  })();
  const stop = () => {
    leave.abort();
    return ended;
  };
  return { opened, items, failures, stop };
}

/** The pauses of a source in its first minutes. */
async function pausesOf(t: TestContext, open: () => AsyncIterable<unknown>, options: Partial<SuperviseOptions> = {}) {
  const time = virtualTime(t);
  const { failures, stop } = watch(time, open, options);
  await time.advance(110_000);
  await stop();
  return failures.map(([, , pauseMs]) => pauseMs);
}

// biome-ignore lint/correctness/useYield: it fails before it has anything
async function* fail(message: string): AsyncGenerator<never> {
  throw new Error(message);
}

test("a source that fails is reported, and opened again when the pause has passed", async (t) => {
  const time = virtualTime(t);
  let tries = 0;
  const { opened, items, failures, stop } = watch(time, async function* (signal) {
    if (++tries < 3) throw new Error(`try ${tries}`);
    yield "picture";
    await pause(60_000, signal);
  });
  await time.advance(9000);
  await stop();
  assert.deepEqual(failures, [
    [0, "try 1", 500],
    [500, "try 2", 1000],
  ]);
  assert.deepEqual(opened, [0, 500, 1500]);
  assert.deepEqual(items, [[1500, "picture"]]);
});

test("pauses double from failure to failure, from half a second to half a minute", async (t) => {
  const pauses = await pausesOf(t, () => fail("off"));
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("what publishers connect to is opened again within a second, however often nothing came", async (t) => {
  const pauses = await pausesOf(t, () => fail("a port scan"), { stallMs: undefined });
  assert.deepEqual(pauses.slice(0, 5), [500, 1000, 1000, 1000, 1000]);
});

test("the pauses can be set", async (t) => {
  const pauses = await pausesOf(t, () => fail("off"), { minPauseMs: 700, maxPauseMs: 50_000 });
  assert.deepEqual(pauses, [700, 1400, 2800, 5600, 11_200, 22_400, 44_800, 50_000]);
});

test("pauses start over with any frame, and grow while nothing comes at all", async (t) => {
  let tries = 0;
  const pauses = await pausesOf(t, async function* () {
    if (++tries % 4 === 0) yield 1;
    throw new Error("off");
  });
  assert.deepEqual(pauses.slice(0, 9), [500, 1000, 2000, 500, 1000, 2000, 4000, 500, 1000]);
});

test("a source that ends has failed", async (t) => {
  const time = virtualTime(t);
  const { failures, stop } = watch(time, async function* () {});
  await time.advance(0);
  await stop();
  assert.deepEqual(failures, [[0, "The source ended", 500]]);
});

test("a source that stalls is aborted, reported and opened again", async (t) => {
  const time = virtualTime(t);
  const aborted: number[] = [];
  const { opened, failures, stop } = watch(time, async function* (signal) {
    yield 1;
    await pause(3000, signal);
    yield 2;
    await pause(60_000, signal);
    aborted.push(time.passedMs);
  });
  await time.advance(27_000);
  assert.deepEqual(aborted, [13_000, 26_500]);
  assert.deepEqual(failures, [
    [13_000, "No frame came for 10 s", 500],
    [26_500, "No frame came for 10 s", 500],
  ]);
  assert.deepEqual(opened, [0, 13_500, 27_000]);
  await stop();
});

test("a source that gives something just before its stall time is never stalled", async (t) => {
  const time = virtualTime(t);
  const { items, failures, stop } = watch(time, async function* (signal) {
    for (let item = 0; !signal.aborted; item++) {
      yield item;
      await pause(9999, signal);
    }
  });
  await time.advance(9999 * 30);
  await stop();
  assert.deepEqual([items.length, failures], [31, []]);
});

test("an abort ends it at once during a pause, and during a wait for a frame, without a failure", async (t) => {
  const time = virtualTime(t);
  const waiting = watch(time, async function* (signal) {
    yield 1;
    await pause(60_000, signal);
  });
  await time.advance(5000);
  assert.equal(await waiting.stop(), 5000);
  assert.deepEqual(waiting.failures, []);

  const paused = watch(time, () => fail("off"), { minPauseMs: 60_000 });
  await time.advance(5000);
  assert.equal(await paused.stop(), 10_000);
  assert.equal(paused.failures.length, 1);
  await time.advance(120_000);
  assert.equal(paused.opened.length, 1);
});

test("a reader that stops ends the run, which releases what it holds", async () => {
  let released = false;
  const supervised = supervise(
    async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        released = true;
      }
    },
    never,
    { stallMs: 5000 },
  );
  for await (const _ of supervised) break;
  assert.equal(released, true);
});

/** Ignores its abort, and holds on until it is let go. */
function deafSource() {
  const letGo = deferred();
  const source = {
    opened: 0,
    released: 0,
    letGo: letGo.resolve,
    async *open(): AsyncGenerator<string> {
      source.opened++;
      try {
        yield `first of run ${source.opened}`;
        await letGo.promise;
        yield "late";
      } finally {
        source.released++;
      }
    },
  };
  return source;
}

test("a source that ignores its abort is abandoned after a second and a half, reported as a stall and opened again; what it yields later is ignored", async (t) => {
  const time = virtualTime(t);
  const source = deafSource();
  const { opened, items, failures, stop } = watch(time, source.open);
  await time.advance(23_500);
  const message = "No frame came for 10 s, and the driver does not stop";
  assert.deepEqual(failures, [
    [11_500, message, 500],
    [23_500, message, 500],
  ]);
  assert.deepEqual(opened, [0, 12_000]);
  const stopped = stop();
  source.letGo();
  await stopped;
  await time.advance(0);
  assert.equal(source.released, 2, "both runs have released what they held");
  assert.deepEqual(items, [
    [0, "first of run 1"],
    [12_000, "first of run 2"],
  ]);
});

test("of a source that never stops three runs may hang, and it is opened again when one of them ends", async (t) => {
  const time = virtualTime(t);
  const source = deafSource();
  const abandoned = new Set<Promise<void>>();
  const { failures, opened, items, stop } = watch(time, source.open, { abandoned });
  await time.advance(600_000);
  assert.deepEqual(opened, [0, 12_000, 24_000]);
  assert.match(failures[2]?.[1] ?? "", /3 runs of it hang, and it is opened again when one of them ends/);
  // Also for subscribers after the release, since the runs still hold their resources.
  const late = watch(time, source.open, { abandoned });
  await time.advance(600_000);
  assert.deepEqual([opened.length, late.opened], [3, []]);
  source.letGo();
  await time.advance(0);
  assert.deepEqual([opened[3], late.opened[0]], [1_200_000, 1_200_000]);
  assert.deepEqual([items[3]?.[1], late.items[0]?.[1]].sort(), ["first of run 4", "first of run 5"]);
  await Promise.all([stop(), late.stop()]);
});

test("an abort ends it within its grace although the source ignores it, and a reader that stops is not held either", async (t) => {
  const time = virtualTime(t);
  const ended: number[] = [];
  const { stop } = watch(time, deafSource().open);
  await time.advance(500);
  void stop().then((at) => ended.push(at));
  await time.advance(1499);
  assert.equal(ended.length, 0);
  await time.advance(1);
  assert.deepEqual(ended, [2000]);

  const stuck = supervise(
    async function* () {
      try {
        yield 1;
      } finally {
        await deferred().promise;
      }
    },
    never,
    { stallMs: 60_000 },
  );
  void (async () => {
    for await (const _ of stuck) break;
    ended.push(time.passedMs);
  })();
  await time.advance(1499);
  assert.equal(ended.length, 1);
  await time.advance(1);
  assert.equal(ended[1], 3500);
});

test("an abandoned source that fails later is told of once, and is no failure", async (t) => {
  const time = virtualTime(t);
  const late = deferred();
  const lateErrors: string[] = [];
  const { failures, stop } = watch(
    time,
    // biome-ignore lint/correctness/useYield: it fails before it has anything
    async function* (): AsyncGenerator<never> {
      await late.promise;
    },
    { minPauseMs: 60_000, maxPauseMs: 60_000, onLateError: (error) => lateErrors.push((error as Error).message) },
  );
  await time.advance(20_000);
  assert.equal(failures.length, 1);
  late.reject(new Error("too late"));
  await time.advance(20_000);
  await stop();
  assert.deepEqual([failures.length, lateErrors], [1, ["too late"]]);
});
