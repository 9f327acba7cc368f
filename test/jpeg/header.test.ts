import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { readSize } from "../../src/jpeg/header.ts";
import { segment, tinyJpeg } from "../support/images/jpegs.ts";

test("the size is read from the frame header, past segments that look like one", () => {
  const jpeg = tinyJpeg({ width: 4000, height: 3000, extra: [segment(0xe1, tinyJpeg()), segment(0xc4, [1, 2, 3])] });
  assert.deepEqual(readSize(jpeg), { width: 4000, height: 3000 });
});

test("the size of a real picture is read, baseline and progressive", async () => {
  for (const progressive of [false, true]) {
    const jpeg = await sharp({ create: { width: 333, height: 77, channels: 3, background: "teal" } })
      .jpeg({ progressive })
      .toBuffer();
    assert.deepEqual(readSize(jpeg), { width: 333, height: 77 });
  }
});

test("bytes without a frame header have no size, and any bytes at all do no harm", () => {
  assert.equal(readSize(Buffer.alloc(0)), undefined);
  assert.equal(readSize(Buffer.of(0xff, 0xd8, 0xff, 0xd9)), undefined);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void readSize(Buffer.from([0xff, 0xd8, 0xff, ...bytes]))));
});
