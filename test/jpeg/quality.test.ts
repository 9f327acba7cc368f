import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { hasAtMostQuality } from "../../src/jpeg/quality.ts";
import { segment, tinyJpeg } from "../support/images/jpegs.ts";

test("a picture's quality is told from its tables, for every quality there is", async () => {
  const image = sharp({ create: { width: 16, height: 16, channels: 3, background: "teal" } });
  for (let quality = 1; quality <= 100; quality++) {
    const jpeg = await image.clone().jpeg({ quality }).toBuffer();
    assert.equal(hasAtMostQuality(jpeg, quality), true, `${quality}`);
    if (quality > 1) assert.equal(hasAtMostQuality(jpeg, quality - 1), false, `${quality - 1} of ${quality}`);
  }
});

test("gray and progressive pictures tell theirs too", async () => {
  const image = sharp({ create: { width: 16, height: 16, channels: 3, background: "teal" } });
  for (const jpeg of [
    await image.clone().toColourspace("b-w").jpeg({ quality: 60 }).toBuffer(),
    await image.clone().jpeg({ quality: 60, progressive: true }).toBuffer(),
  ]) {
    assert.equal(hasAtMostQuality(jpeg, 60), true);
    assert.equal(hasAtMostQuality(jpeg, 59), false);
  }
});

test("tables of two bytes an entry, and several in one segment, are read", () => {
  const fine = Array<number>(64).fill(1);
  const coarse = Array<number>(64).fill(255);
  const wide = (table: number[]) => table.flatMap((entry) => [0, entry]);
  const jpeg = (...tables: number[]) => tinyJpeg({ extra: [segment(0xdb, tables)] });
  assert.equal(hasAtMostQuality(jpeg(0, ...coarse, 1, ...coarse), 10), true);
  assert.equal(hasAtMostQuality(jpeg(0, ...coarse, 1, ...fine), 10), false);
  assert.equal(hasAtMostQuality(jpeg(0x10, ...wide(coarse), 1, ...coarse), 10), true);
  assert.equal(hasAtMostQuality(jpeg(0x10, ...wide(fine), 1, ...coarse), 10), false);
});

test("a picture without tables says nothing, and any bytes at all do no harm", () => {
  assert.equal(hasAtMostQuality(tinyJpeg(), 100), false);
  assert.equal(hasAtMostQuality(Buffer.alloc(0), 50), false);
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, table) => {
      hasAtMostQuality(Buffer.from([0xff, 0xd8, 0xff, ...bytes]), 50);
      hasAtMostQuality(tinyJpeg({ extra: [segment(0xdb, table)] }), 50);
    }),
  );
});
