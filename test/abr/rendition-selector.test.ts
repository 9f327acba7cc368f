import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { RenditionSelector } from "../../src/abr/rendition-selector.ts";
import { VariantLimitError } from "../../src/transform/encoders.ts";
import { Ladder } from "../../src/transform/ladder.ts";
import { RUNG_COUNT } from "../../src/transform/rungs.ts";
import { Variants } from "../../src/transform/variants.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { handSource, watch } from "../support/cameras/hand-source.ts";

function selectorOf(t: TestContext) {
  const { camera } = handCamera(t);
  const source = handSource();
  const variants = new Variants(source);
  const selector = new RenditionSelector(new Ladder(camera, variants, {}), {});
  /** Takes all transforms of adaptive streams. */
  const fill = () => {
    for (let width = 1; width < RUNG_COUNT; width++) {
      const viewer = watch(variants.of({ width: 8 * width }, "rung"));
      t.after(() => viewer.leave());
    }
  };
  return { selector, source, fill };
}

test("a viewer gets what it asked for first, and a rung as soon as it is on it", (t) => {
  const { selector, source } = selectorOf(t);
  const first = selector.select(0);
  assert.equal(first.rung, 0);
  assert.equal(first.rendition.source, source);
  selector.refused(0, 2, 0);
  assert.equal(selector.rung, 2);
  const second = selector.select(0);
  assert.equal(second.rung, 2);
  assert.notEqual(second.rendition.source, source);
  assert.deepEqual(selector.status(0), { rung: 2, rate: null, lagMs: 0 });
});

test("if there is no room for a rung, a viewer goes to the fallback, and stays there", (t) => {
  const { selector, source, fill } = selectorOf(t);
  selector.refused(0, 3, 0);
  fill();
  const { rung, rendition } = selector.select(10);
  assert.equal(rung, 0);
  assert.equal(rendition.source, source);
  assert.equal(selector.rung, 0);
});

test("if there is no room for the fallback either, that is an error", (t) => {
  const { selector, fill } = selectorOf(t);
  selector.refused(0, 3, 0);
  fill();
  assert.throws(() => selector.select(10, 3), VariantLimitError);
  assert.equal(selector.rung, 3);
  assert.throws(() => selector.select(10, 2), VariantLimitError);
  assert.equal(selector.rung, 2);
});

test("a change of the rung is told once", (t) => {
  const { selector } = selectorOf(t);
  selector.refused(0, 2, 0);
  let changes = 0;
  for (let now = 0; now < 20_000; now += 50) if (selector.decide(now)) changes++;
  assert.deepEqual([selector.rung, changes], [0, 2]);
});

test("a frame that is sent waits in the link until it has arrived", (t) => {
  const { selector } = selectorOf(t);
  selector.offered(undefined, 0);
  selector.offered(0, 0);
  selector.sent(0, 10_000, 100);
  selector.sample(1, { queued: 4000, inFlight: 6000, rttMs: 0 });
  assert.equal(selector.waitingAt(1), 10_000);
  assert.ok(selector.isReady(1, 20_000));
  assert.ok(!selector.isReady(1, 19_999));
  assert.equal(selector.status(50).lagMs, 150);
  selector.sample(101, { queued: 0, inFlight: 0, rttMs: 0 });
  assert.equal(selector.status(500).lagMs, 201);
});
