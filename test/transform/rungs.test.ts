import assert from "node:assert/strict";
import { test } from "node:test";
import { RUNG_COUNT, specAt, usualShareAt } from "../../src/transform/rungs.ts";
import { planFor } from "../../src/transform/transform-plan.ts";
import { variantKey } from "../../src/transform/variant-key.ts";

const rungs = Array.from({ length: RUNG_COUNT }, (_, rung) => rung);

test("the ladder is full rate, quality 60, 40, three quarters of the size, a half, a third", () => {
  assert.deepEqual(
    rungs.map((rung) => variantKey(specAt(rung, {}))),
    ["", "quality=60", "quality=40", "scale=0.75&quality=40", "scale=0.5&quality=40", "scale=0.33333&quality=40"],
  );
});

test("a rung keeps what was asked for, and is never better than that", () => {
  const spec = { width: 800, rotate: 90, fps: 10, quality: 50, scale: 0.5 } as const;
  assert.equal(specAt(0, spec), spec);
  assert.equal(variantKey(specAt(1, spec)), "width=800&scale=0.5&quality=50&rotate=90&fps=10");
  assert.equal(variantKey(specAt(3, spec)), "width=800&scale=0.375&quality=40&rotate=90&fps=10");
  assert.equal(specAt(5, { quality: 20 }).quality, 20);
});

test("a third of the usual sizes is a third to the pixel", () => {
  for (const [width, height] of [
    [640, 480],
    [1280, 720],
    [1920, 1080],
    [3840, 2160],
    [4056, 3040],
  ] as const) {
    const shape = { width, height, components: 3, orientation: 1 } as const;
    const plan = planFor(specAt(5, {}), new Uint8Array(0), { ...shape } as never);
    assert.deepEqual(plan?.size, { width: Math.round(width / 3), height: Math.round(height / 3) });
  }
});

test("each rung has fewer bytes than the one above", () => {
  for (const rung of rungs.slice(1)) assert.ok(usualShareAt(rung) < usualShareAt(rung - 1), `${rung}`);
});
