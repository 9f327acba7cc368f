import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../../src/core/frame.ts";
import { MAX_VARIANTS, VariantLimitError } from "../../src/transform/encoders.ts";
import { specForTile, type Tile } from "../../src/transform/tile-size.ts";
import { Variants } from "../../src/transform/variants.ts";
import { handSource, watch } from "../support/cameras/hand-source.ts";
import { exifSegment } from "../support/images/exif.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";

const frame = (jpeg: Uint8Array): Frame => ({ jpeg, seq: 0, capturedAt: 0, at: 0 });
const HD = frame(tinyJpeg({ width: 1280, height: 720 }));
const tile = (width?: number, height?: number): Tile => ({ width, height });

/** The width that a tile's pictures are brought to; undefined for what the spec alone asks for. */
function widthFor(last: Frame | null, spec: Parameters<typeof specForTile>[2], place: Tile): number | undefined {
  const tiled = specForTile(new Variants(handSource()), last, spec, place);
  return tiled === spec ? undefined : tiled.width;
}

test("a tile gets pictures of the next of a few widths that has all it can show", () => {
  const cases: [width: number | undefined, height: number | undefined, expected: number | undefined][] = [
    [100, 100, 160],
    [160, 90, 160],
    [161, 90.5, 320],
    [320, 90, 160],
    [600, 600, 640],
    [undefined, 180, 320],
    [640, undefined, 640],
    [0.5, undefined, 160],
    [960, 540, 960],
    // Larger ones would save too little.
    [961, 600, undefined],
    [5000, 5000, undefined],
    [undefined, undefined, undefined],
  ];
  for (const [width, height, expected] of cases) {
    assert.equal(widthFor(HD, {}, tile(width, height)), expected, `${width}×${height}`);
  }
});

test("what counts is the picture as it is shown: rotated, cropped, as its orientation says, sized by the query", () => {
  assert.equal(widthFor(HD, { rotate: 90 }, tile(640, 360)), 320);
  assert.equal(widthFor(HD, { crop: { x: 0, y: 0, width: 0.25, height: 1 } }, tile(640, 360)), 160);
  assert.equal(widthFor(HD, { width: 300 }, tile(200, 200)), undefined);
  assert.equal(widthFor(HD, { width: 300 }, tile(100, 100)), 160);
  const lying = frame(tinyJpeg({ width: 1280, height: 720, extra: [exifSegment({ order: "II", orientation: 6 })] }));
  assert.equal(widthFor(lying, {}, tile(640, 360)), 320);
});

test("the other parameters of a query are kept, except smaller sides", () => {
  const spec = specForTile(
    new Variants(handSource()),
    HD,
    { gray: true, fps: 5, width: 1000, height: 1000, scale: 0.9 },
    tile(300, 300),
  );
  assert.deepEqual(spec, { gray: true, fps: 5, width: 320, height: undefined, scale: undefined });
});

test("before the first picture, and of one that cannot be read, a tile sets nothing", () => {
  assert.equal(widthFor(null, {}, tile(100, 100)), undefined);
  assert.equal(widthFor(frame(Buffer.from("no picture")), {}, tile(100, 100)), undefined);
});

test("when all variants are in use, a larger one that is serves, or else what the query alone asks for", async (t) => {
  const source = handSource();
  const variants = new Variants(source);
  const used = [640, ...Array.from({ length: MAX_VARIANTS - 1 }, (_, index) => 700 + index)];
  const watching = used.map((width) => watch(variants.of({ width })));
  t.after(() => {
    for (const { leave } of watching) leave();
  });
  assert.equal(specForTile(variants, HD, {}, tile(300, 300)).width, 640);
  assert.deepEqual(specForTile(variants, HD, {}, tile(700, 700)), {});
  assert.throws(() => specForTile(variants, HD, { gray: true }, tile(300, 300)), VariantLimitError);
});
