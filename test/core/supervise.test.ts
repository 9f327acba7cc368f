import assert from "node:assert/strict";
import { test } from "node:test";
import { supervise } from "../../src/core/supervise.ts";
import { pause } from "../../src/util/abort.ts";
import { deferred, until } from "../support/deferred.ts";

/** Collects items until `enough`, and the failures and pauses reported meanwhile. */
async function collect<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  enough: (items: T[], failures: string[]) => boolean,
  times: { stallMs?: number; minPauseMs?: number; maxPauseMs?: number } = {},
) {
  const stop = new AbortController();
  const items: T[] = [];
  const failures: string[] = [];
  const pauses: number[] = [];
  const supervised = supervise(open, stop.signal, {
    stallMs: 5000,
    minPauseMs: 2,
    maxPauseMs: 16,
    ...times,
    onFailure: (error, pauseMs) => {
      failures.push(error.message);
      pauses.push(pauseMs);
      if (enough(items, failures)) stop.abort();
    },
  });
  for await (const item of supervised) {
    items.push(item);
    if (enough(items, failures)) stop.abort();
  }
  return { items, failures, pauses };
}

// biome-ignore lint/correctness/useYield: it fails before it has anything
async function* fail(message: string): AsyncGenerator<never> {
  throw new Error(message);
}

test("a source that fails is reported and opened again", async () => {
  let tries = 0;
  const { items, failures } = await collect(
    async function* () {
      if (++tries < 3) throw new Error(`try ${tries}`);
      yield "picture";
    },
    (items) => items.length === 1,
  );
  assert.deepEqual(items, ["picture"]);
  assert.deepEqual(failures, ["try 1", "try 2"]);
});

test("what publishers connect to is opened again within a second, however often nothing came", async () => {
  const stop = new AbortController();
  const pauses: number[] = [];
  const onFailure = (_error: Error, pauseMs: number) => {
    if (pauses.push(pauseMs) === 2) stop.abort();
  };
  const options = { stallMs: undefined, minPauseMs: 700, onFailure };
  for await (const _ of supervise(() => fail("a port scan"), stop.signal, options));
  assert.deepEqual(pauses, [700, 1000]);
});

test("pauses double from failure to failure, up to the longest", async () => {
  const { pauses } = await collect(
    () => fail("off"),
    (_, failures) => failures.length === 6,
  );
  assert.deepEqual(pauses, [2, 4, 8, 16, 16, 16]);
});

test("the pauses stated are half a second to half a minute", async () => {
  const stop = new AbortController();
  const pauses: number[] = [];
  const supervised = supervise(() => fail("off"), stop.signal, {
    stallMs: 5000,
    onFailure: (_error, pauseMs) => {
      pauses.push(pauseMs);
      stop.abort();
    },
  });
  for await (const _ of supervised);
  assert.deepEqual(pauses, [500]);
});

test("a source that ends has failed", async () => {
  const { failures } = await collect(
    async function* () {},
    (_, failures) => failures.length === 1,
  );
  assert.deepEqual(failures, ["The source ended"]);
});

test("a source that stalls is aborted, reported and opened again", async () => {
  let aborted = 0;
  const { failures } = await collect(
    async function* (signal) {
      yield 1;
      await pause(60_000, signal);
      aborted++;
    },
    (_, failures) => failures.length === 2,
    { stallMs: 30 },
  );
  assert.equal(aborted, 2);
  assert.deepEqual(failures, ["No frame came for 0.03 s", "No frame came for 0.03 s"]);
});

test("a source that keeps giving is never stalled", async () => {
  const { failures } = await collect(
    async function* (signal) {
      for (let item = 0; !signal.aborted; item++) {
        yield item;
        await pause(10, signal);
      }
    },
    (items) => items.length === 30,
    { stallMs: 100 },
  );
  assert.deepEqual(failures, []);
});

test("pauses start over with any frame, and grow while nothing comes at all", async () => {
  let tries = 0;
  const { pauses } = await collect(
    async function* () {
      if (++tries % 4 === 0) yield 1;
      throw new Error("off");
    },
    (_, failures) => failures.length === 8,
    { maxPauseMs: 1000 },
  );
  assert.deepEqual(pauses, [2, 4, 8, 2, 4, 8, 16, 2]);
});

test("an abort ends it during a pause, and during a wait for a frame, without a failure", async () => {
  const stop = new AbortController();
  const failures: string[] = [];
  const waiting = supervise(
    async function* (signal) {
      yield 1;
      await pause(60_000, signal);
    },
    stop.signal,
    { stallMs: 60_000, onFailure: ({ message }) => failures.push(message) },
  );
  await waiting.next();
  const next = waiting.next();
  stop.abort();
  assert.equal((await next).done, true);
  assert.deepEqual(failures, []);

  const stopPaused = new AbortController();
  const paused = supervise(() => fail("off"), stopPaused.signal, {
    stallMs: 60_000,
    minPauseMs: 60_000,
    onFailure: () => setImmediate(() => stopPaused.abort()),
  });
  assert.equal((await paused.next()).done, true);
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
    new AbortController().signal,
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

test("a source that ignores its abort is abandoned, reported as a stall and opened again; what it yields later is ignored", async () => {
  const source = deafSource();
  const times = { stallMs: 20, graceMs: 20 };
  const { items, failures } = await collect(source.open, (_, failures) => failures.length === 2, times);
  assert.deepEqual(failures, [
    "No frame came for 0.02 s, and the driver does not stop",
    "No frame came for 0.02 s, and the driver does not stop",
  ]);
  source.letGo();
  await until("both runs have released what they held", () => source.released === 2);
  assert.deepEqual(items, ["first of run 1", "first of run 2"]);
});

test("of a source that never stops three runs may hang, and it is opened again when one of them ends", async (t) => {
  const source = deafSource();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const failures: string[] = [];
  const abandoned = new Set<Promise<void>>();
  const options = {
    ...{ stallMs: 5, graceMs: 5, minPauseMs: 1, maxPauseMs: 1, abandoned },
    onFailure: ({ message }: Error) => failures.push(message),
  };
  const run = async () => {
    for await (const _ of supervise(source.open, stop.signal, options));
  };
  const running = run();
  await until("three hang", () => failures.length === 3);
  assert.match(failures[2] ?? "", /3 runs of it hang, and it is opened again when one of them ends/);
  // Also subscribers after the release, since the runs still hold their resources.
  const late = supervise(source.open, stop.signal, options).next();
  await pause(50, stop.signal);
  assert.equal(source.opened, 3);
  source.letGo();
  const { value } = await late;
  assert.match(String(value), /^first of run \d+$/);
  assert.ok(source.opened > 3);
  stop.abort();
  await running;
});

test("an abort ends it within its grace although the source ignores it, and a reader that stops is not held either", async () => {
  const stop = new AbortController();
  const options = { stallMs: 60_000, graceMs: 20 };
  const source = deafSource();
  const waiting = supervise(source.open, stop.signal, options);
  await waiting.next();
  const next = waiting.next();
  stop.abort();
  assert.equal((await next).done, true);

  const release = deferred();
  const stuck = supervise(
    async function* () {
      try {
        yield 1;
      } finally {
        await release.promise;
      }
    },
    new AbortController().signal,
    options,
  );
  for await (const _ of stuck) break;
  release.resolve();
});

test("an abandoned source that fails later is told of once, and is no failure", async () => {
  const late = deferred();
  const stop = new AbortController();
  const [failures, lateErrors]: string[][] = [[], []];
  const supervised = supervise(
    // biome-ignore lint/correctness/useYield: it fails before it has anything
    async function* (): AsyncGenerator<never> {
      await late.promise;
    },
    stop.signal,
    {
      ...{ stallMs: 10, graceMs: 10, minPauseMs: 60_000 },
      onFailure: ({ message }) => failures?.push(message),
      onLateError: (error) => lateErrors?.push((error as Error).message),
    },
  );
  const next = supervised.next();
  await until("it was given up", () => failures?.length === 1);
  late.reject(new Error("too late"));
  await until("its error was told", () => lateErrors?.length === 1);
  stop.abort();
  assert.equal((await next).done, true);
  assert.deepEqual([failures?.length, lateErrors], [1, ["too late"]]);
});
