import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryRate } from "../../../src/abr/delivery-rate.ts";
import { SendWindow } from "../../../src/http/live/send-window.ts";

const KB = 1000;

/** Sends a frame of a subscription; gives its order. */
function send(window: SendWindow, bytes: number, at: number): number {
  return window.sent(subscription, { number: 1, bytes, at, ageMs: 0 });
}

const subscription = {};

test("a link's rate is the bytes that arrived over their time in flight, and old samples are forgotten", () => {
  const rate = new DeliveryRate();
  assert.equal(rate.bytesPerSecond, undefined);
  for (let at = 0; at < 1000; at += 10) rate.delivered(100 * KB, 10, at);
  assert.equal(rate.bytesPerSecond, 10_000 * KB);
  // One slow picture tells all there is to know.
  rate.delivered(100 * KB, 500, 1500);
  assert.equal(rate.bytesPerSecond, 200 * KB);
  rate.delivered(100 * KB, 10, 4000);
  assert.equal(rate.bytesPerSecond, 10_000 * KB);
  rate.delivered(100 * KB, 0, 7000);
  assert.equal(rate.bytesPerSecond, 100_000 * KB);
});

test("one picture always has room, and at a known rate as much as the link carries in a quarter of a second", () => {
  const window = new SendWindow();
  assert.equal(window.hasRoom(10_000 * KB, 0), true);
  const first = send(window, 100 * KB, 0);
  assert.equal(window.hasRoom(100 * KB, 0), false);
  assert.equal(window.hasRoom(20 * KB, 0), true);
  window.delivered(first, 500);
  assert.equal(window.bytesPerSecond, 200 * KB);
  assert.equal(window.msFor(50 * KB), 250);
  assert.equal(window.hasRoom(1000 * KB, 0), true);
  send(window, 20 * KB, 500);
  assert.equal(window.hasRoom(30 * KB, 0), true);
  assert.equal(window.hasRoom(31 * KB, 0), false);
});

test("of a picture that has arrived, all before it have", () => {
  const window = new SendWindow();
  const orders = [1, 2, 3].map(() => send(window, 10 * KB, 0));
  assert.deepEqual(orders, [1, 2, 3]);
  window.delivered(2, 100);
  assert.equal(window.ledger.bytes, 10 * KB);
  window.delivered(1, 150);
  assert.equal(window.ledger.bytes, 10 * KB);
  window.delivered(99, 200);
  assert.equal(window.ledger.bytes, 0);
});

test("a long way is no slow link: it holds more, and does not count as time on it", () => {
  const window = new SendWindow();
  window.measuredRtt(300);
  window.measuredRtt(200);
  window.measuredRtt(900);
  assert.equal(window.rttMs, 200);
  window.delivered(send(window, 100 * KB, 0), 300);
  assert.equal(window.bytesPerSecond, 1000 * KB);
  send(window, 100 * KB, 1000);
  assert.equal(window.hasRoom(350 * KB, 0), true);
  assert.equal(window.hasRoom(351 * KB, 0), false);
});

test("a way that has become longer is known for it once it was measured some more times", () => {
  const window = new SendWindow();
  window.measuredRtt(20);
  for (let count = 0; count < 8; count++) {
    assert.equal(window.rttMs, 20);
    window.measuredRtt(150);
  }
  assert.equal(window.rttMs, 150);
});

test("what is still in our own memory counts, whatever is said to have arrived", () => {
  const window = new SendWindow();
  window.delivered(send(window, 1000 * KB, 0), 0);
  assert.equal(window.hasRoom(1000 * KB, 1000 * KB), true);
  assert.equal(window.hasRoom(1000 * KB, 4000 * KB), false);
  assert.equal(window.hasRoom(1000 * KB, 1 * KB), true);
});
