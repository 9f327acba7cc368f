import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlightLedger } from "../../../src/http/live/in-flight-ledger.ts";

const [one, other] = [{ name: "one" }, { name: "other" }];

/** A ledger with frames 1 and 2 of one subscription, and frame 1 of another between them. */
function ledgerOfThree(): InFlightLedger {
  const ledger = new InFlightLedger();
  const orders = [
    ledger.add(one, { number: 1, bytes: 10, at: 0, ageMs: 0 }),
    ledger.add(other, { number: 1, bytes: 20, at: 1, ageMs: 0 }),
    ledger.add(one, { number: 2, bytes: 30, at: 2, ageMs: 0 }),
  ];
  assert.deepEqual(orders, [1, 2, 3]);
  return ledger;
}

const orders = (frames: readonly { order: number }[]) => frames.map(({ order }) => order);

test("delivery of a frame is delivery of all before it, and acknowledges none", () => {
  const ledger = ledgerOfThree();
  assert.equal(ledger.bytes, 60);
  assert.deepEqual(orders(ledger.deliver(2)), [1, 2]);
  assert.deepEqual(orders(ledger.deliver(2)), []);
  assert.equal(ledger.bytes, 30);
  assert.deepEqual(orders(ledger.unacknowledged(one)), [1, 3]);
  assert.deepEqual(orders(ledger.unacknowledged(other)), [2]);
});

test("an acknowledgement counts for its subscription alone, and once", () => {
  const ledger = ledgerOfThree();
  assert.deepEqual(orders(ledger.acknowledge(one, 7)), [1, 3]);
  assert.deepEqual(orders(ledger.acknowledge(one, 7)), []);
  assert.deepEqual(orders(ledger.acknowledge({}, 1)), []);
  assert.deepEqual(orders(ledger.unacknowledged(other)), [2]);
  assert.equal(ledger.bytes, 60, "what is acknowledged is delivered by its order");
});

test("what a subscription has in flight is told from an order on", () => {
  const ledger = ledgerOfThree();
  assert.deepEqual(orders(ledger.undelivered(one, 0)), [1, 3]);
  assert.deepEqual(orders(ledger.undelivered(one, 1)), [3]);
  ledger.deliver(3);
  assert.deepEqual(orders(ledger.undelivered(one, 0)), []);
});

test("a subscription that has ended is expected to acknowledge nothing, and its frames still fill the link", () => {
  const ledger = ledgerOfThree();
  ledger.end(one);
  assert.deepEqual(orders(ledger.unacknowledged(one)), []);
  assert.equal(ledger.bytes, 60);
});
