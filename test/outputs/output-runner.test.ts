import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { MessageLog } from "../../src/messages/message-log.ts";
import type { OutputContext } from "../../src/outputs/output.ts";
import { OutputRunner, type OutputRunnerOptions } from "../../src/outputs/output-runner.ts";
import { deferred, until } from "../support/deferred.ts";

const nothing = { async *subscribe() {} };

function running(t: TestContext, run: OutputRunnerOptions["run"]) {
  const failures: Array<[string, number]> = [];
  const notes: string[] = [];
  const output = new OutputRunner({
    kind: "pigeon",
    address: "loft:1",
    run,
    frames: () => nothing,
    messages: new MessageLog(),
    onNote: (text) => notes.push(text),
    onFailure: (message, pauseMs) => failures.push([message, pauseMs]),
  });
  t.after(() => output.close());
  return { output, failures, notes };
}

/** Runs until it is stopped. */
const untilAborted = async ({ signal }: OutputContext) => {
  if (!signal.aborted) await once(signal, "abort");
};

test("an output that was not started has counted nothing, and closes at once", async (t) => {
  const { output } = running(t, () => assert.fail("it ran"));
  assert.deepEqual(output.status(), {
    kind: "pigeon",
    address: "loft:1",
    peers: [],
    fps: 0,
    frames: 0,
    bytes: 0,
    dropped: 0,
    lastError: null,
  });
  await output.close();
});

test("it counts peers, frames, bytes and drops, and passes notes on", async (t) => {
  const { output, notes } = running(t, async (context) => {
    const { meter, note } = context;
    note("the loft is open");
    const leave = meter.peer("10.0.0.1:1");
    // The same address twice is two peers.
    meter.peer("10.0.0.2:2");
    const leaveTwin = meter.peer("10.0.0.2:2");
    meter.sent(1000);
    meter.sent(500);
    meter.dropped();
    leave();
    leave();
    leaveTwin();
    await untilAborted(context);
  });
  output.start();
  // To start it again changes nothing.
  output.start();
  const { fps, ...status } = await until("it has sent", () =>
    output.status().frames === 2 ? output.status() : undefined,
  );
  assert.deepEqual(status, {
    kind: "pigeon",
    address: "loft:1",
    peers: ["10.0.0.2:2"],
    frames: 2,
    bytes: 1500,
    dropped: 1,
    lastError: null,
  });
  assert.ok(fps > 0);
  assert.deepEqual(notes, ["the loft is open"]);
  await output.close();
  assert.deepEqual(output.status().peers, [], "nobody is there once it is closed");
});

test("a failed output is reported without its password, and runs again with its counts and without its peers", async (t) => {
  let runs = 0;
  const { output, failures } = running(t, async (context) => {
    context.meter.sent(10);
    if (++runs === 2) return await untilAborted(context);
    context.meter.peer("10.0.0.1:1");
    throw new Error("cannot reach tcp://robin:s3cret@loft:1");
  });
  output.start();
  await until("it runs again", () => runs === 2);
  assert.deepEqual(failures, [["cannot reach tcp://robin:***@loft:1", 500]]);
  const { lastError, peers, frames } = output.status();
  assert.equal(lastError?.message, "cannot reach tcp://robin:***@loft:1");
  assert.ok(Math.abs((lastError?.at ?? 0) - Date.now()) < 60_000);
  assert.deepEqual([peers, frames], [[], 2]);
});

test("to end by itself, and to fail before anything was awaited, are failures too", async (t) => {
  const ended = running(t, async () => {});
  const thrown = running(t, () => {
    throw new Error("at once");
  });
  for (const { output, failures } of [ended, thrown]) {
    output.start();
    await until("it is reported", () => failures.length === 1);
  }
  assert.deepEqual(ended.failures, [["It ended by itself", 500]]);
  assert.deepEqual(thrown.failures, [["at once", 500]]);
});

test("pauses double while it fails at once", async (t) => {
  const { output, failures } = running(t, () => Promise.reject(new Error("no")));
  output.start();
  await until("it has failed twice", () => failures.length === 2);
  assert.deepEqual(
    failures.map(([, pauseMs]) => pauseMs),
    [500, 1000],
  );
});

test("to close it ends its run, and a pause between two, at once and without a report", async (t) => {
  const released = deferred();
  const stopping = running(t, async (context) => {
    await untilAborted(context);
    await released.promise;
    throw new Error("cut off");
  });
  stopping.output.start();
  let closed = false;
  const closing = stopping.output.close().then(() => {
    closed = true;
  });
  await new Promise(setImmediate);
  assert.equal(closed, false, "it waits for what is held to be released");
  released.resolve();
  await closing;
  assert.deepEqual(stopping.failures, []);

  const failing = running(t, () => Promise.reject(new Error("no")));
  failing.output.start();
  await until("it has failed", () => failing.failures.length === 1);
  await failing.output.close();
  assert.equal(failing.failures.length, 1);
});
