import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryLag } from "../../src/abr/delivery-lag.ts";

test("the lag is how old the newest that has arrived was at that moment", () => {
  const lag = new DeliveryLag();
  lag.sent(100, 0);
  lag.sent(200, 30);
  lag.delivered(50, 100);
  lag.delivered(70, 199);
  assert.equal(lag.lagMs(70), 50);
  lag.delivered(75, 200);
  assert.equal(lag.lagMs(1000), 45);
});

test("while something is on its way for longer than that, the lag grows", () => {
  const lag = new DeliveryLag();
  assert.equal(lag.lagMs(10), 0);
  lag.sent(100, 5);
  assert.equal(lag.lagMs(10), 5);
  assert.equal(lag.lagMs(2005), 2000);
});
