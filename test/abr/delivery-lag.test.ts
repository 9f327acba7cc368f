import assert from "node:assert/strict";
import { test } from "node:test";
import { Arrivals } from "../../src/abr/delivery-lag.ts";

test("the lag is how old the newest that has arrived was at that moment", () => {
  const arrivals = new Arrivals();
  arrivals.sent(100, 0);
  arrivals.sent(200, 30);
  arrivals.arrived(50, 100);
  arrivals.arrived(70, 199);
  assert.equal(arrivals.lagMs(70), 50);
  arrivals.arrived(75, 200);
  assert.equal(arrivals.lagMs(1000), 45);
});

test("while something is on its way for longer than that, the lag grows", () => {
  const arrivals = new Arrivals();
  assert.equal(arrivals.lagMs(10), 0);
  arrivals.sent(100, 5);
  assert.equal(arrivals.lagMs(10), 5);
  assert.equal(arrivals.lagMs(2005), 2000);
});
