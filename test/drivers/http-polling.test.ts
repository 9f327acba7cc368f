import assert from "node:assert/strict";
import { test } from "node:test";
import { http } from "../../src/drivers/http.ts";
import { openDriver } from "../support/cameras/open-driver.ts";
import { answerOf, type RawAnswer, rawCamera, snapshotOf } from "../support/cameras/raw-camera.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { testCamera } from "../support/serve.ts";
import { virtualTime } from "../support/virtual-time.ts";

const JPEG = tinyJpeg();
const snapshot = snapshotOf(JPEG);
const FAILURES: Record<string, RawAnswer> = {
  "503": answerOf("HTTP/1.1 503 Busy\r\nContent-Length: 6\r\n\r\n<Busy>"),
  "a page": answerOf("HTTP/1.1 200 OK\r\n\r\n<html>"),
  "half an image": answerOf("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", JPEG.subarray(0, 20)),
  nothing: (socket) => void socket.end(),
  "a connection that is cut": (socket) => void socket.resetAndDestroy(),
  "no HTTP": answerOf("hello\r\n"),
};

for (const [name, failure] of Object.entries(FAILURES)) {
  test(`a camera that answers every other poll with ${name} stays live`, async (t) => {
    const answer: RawAnswer = (socket, request, number) => {
      (number % 2 === 1 ? snapshot : failure)(socket, request, number);
    };
    const peer = await rawCamera(t, answer);
    const options = http.options.parse({ address: peer.address, fps: "50" });
    const camera = testCamera(t, { open: (context) => http.open(options, context) });
    const watching = new AbortController();
    t.after(() => watching.abort());
    let frames = 0;
    const watch = async () => {
      for await (const _frame of camera.subscribe(watching.signal)) frames++;
    };
    void watch();
    await until("there are ten frames", () => frames >= 10);
    const { state, restarts, lastError, dropped, note } = camera.status();
    assert.deepEqual({ state, restarts, lastError }, { state: "live", restarts: 0, lastError: null });
    assert.ok(dropped >= 9, `${dropped} dropped`);
    assert.match(note ?? "", /^Some answers have no image; the last: 127\.0\.0\.1:\d+/);
  });
}

test("a poll that hangs among good ones is given up in time for another", async (t) => {
  const peer = await rawCamera(t, (socket, request, number) => {
    if (number !== 2) snapshot(socket, request, number);
  });
  const time = virtualTime(t);
  const reasons: string[] = [];
  const stop = new AbortController();
  t.after(() => stop.abort());
  const context = { signal: stop.signal, stallMs: 10_000, dropped: (reason: string) => reasons.push(reason) };
  const options = http.options.parse({ address: peer.address, fps: "50" });
  const frames = http.open(options, context)[Symbol.asyncIterator]();
  let count = 0;
  const reading = (async () => {
    for (; count < 3; count++) await frames.next();
  })();
  const polls = async (what: string, condition: () => boolean) => {
    await until(what, async () => {
      await time.advance(20);
      return condition();
    });
  };
  await polls("the second poll hangs", () => peer.requests.length === 2 && count === 1);
  await time.advance(5000);
  await polls("there are three frames", () => count === 3);
  await reading;
  assert.equal(peer.requests.length, 4);
  assert.match(`${reasons}`, /^127\.0\.0\.1:\d+ did not answer in 5 s$/);
});

test("a camera that gives no image any more fails with its own reason", async (t) => {
  const peer = await rawCamera(t, (socket, request, number) => {
    (number < 3 ? snapshot : (FAILURES["503"] as RawAnswer))(socket, request, number);
  });
  const time = virtualTime(t);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const options = http.options.parse({ address: peer.address, fps: "2" });
  const frames = http.open(options, { signal: stop.signal, stallMs: 10_000, dropped() {} });
  const failed = assert.rejects(async () => {
    for await (const _frame of frames);
  }, /^Refusal|Error: 127\.0\.0\.1:\d+ answered 503 Busy$/);
  await time.settle(failed);
  assert.ok(peer.requests.length > 4, "It is asked again until then.");
});

test("a camera that fails before its first image fails at once", async (t) => {
  const peer = await rawCamera(t, FAILURES["503"] as RawAnswer);
  const { failure } = await openDriver(t, http, { address: peer.address, fps: "50" }).untilFailure();
  assert.match(failure.message, / answered 503 Busy$/);
  assert.equal(peer.requests.length, 1);
});
