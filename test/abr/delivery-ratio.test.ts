import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryRatio } from "../../src/abr/delivery-ratio.ts";

test("the share of frames that went out is compared with a wanted one", () => {
  const ratio = new DeliveryRatio();
  for (let index = 0; index < 4; index++) ratio.offered(0);
  ratio.sent(0);
  assert.ok(ratio.isBelow(0.26));
  assert.ok(!ratio.isBelow(0.25));
  ratio.sent(0);
  assert.ok(!ratio.isBelow(0.5));
});

test("frames of the past fade: after 700 ms they count by a factor of e less", () => {
  const ratio = new DeliveryRatio();
  ratio.offered(0);
  ratio.sent(0);
  ratio.offered(700);
  const share = 1 / (1 + Math.E);
  assert.ok(!ratio.isBelow(share - 0.001));
  assert.ok(ratio.isBelow(share + 0.001));
  ratio.sent(1400);
  const later = (1 + Math.exp(-2)) / (Math.exp(-1) + Math.exp(-2));
  assert.ok(!ratio.isBelow(later - 0.001));
  assert.ok(ratio.isBelow(later + 0.001));
});

test("a ratio that starts again knows nothing of before", () => {
  const ratio = new DeliveryRatio();
  ratio.offered(0);
  ratio.reset();
  assert.ok(!ratio.isBelow(1));
  ratio.sent(0);
  ratio.reset();
  ratio.offered(0);
  assert.ok(ratio.isBelow(0.1));
});
