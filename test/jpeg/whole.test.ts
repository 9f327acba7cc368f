import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeJpeg } from "../../src/jpeg/whole.ts";
import { segment, tinyJpeg } from "../support/jpegs.ts";

const JPEG = tinyJpeg({ label: "a", extra: [segment(0xe1, tinyJpeg({ label: "thumbnail" }))] });

test("a whole picture is passed on uncopied", () => {
  const found = wholeJpeg(JPEG);
  assert.ok("jpeg" in found);
  assert.deepEqual(found.jpeg, JPEG);
  assert.equal(found.jpeg.buffer, JPEG.buffer);
});

test("padding behind a picture, and junk before it, are cut off", () => {
  const found = wholeJpeg(Buffer.concat([Buffer.of(0, 0, 7), JPEG, Buffer.alloc(100)]));
  assert.ok("jpeg" in found);
  assert.deepEqual(found.jpeg, JPEG);
});

test("a picture that is cut off anywhere, or is none, is refused with a reason", () => {
  for (let length = 2; length < JPEG.length; length++) {
    assert.deepEqual(wholeJpeg(JPEG.subarray(0, length)), { reason: "A picture is not whole" });
    assert.deepEqual(wholeJpeg(Buffer.concat([JPEG.subarray(0, length), Buffer.alloc(9)])), {
      reason: "A picture is not whole",
    });
  }
  // What follows it is another picture, or a piece of one: a buffer is to hold one.
  assert.deepEqual(wholeJpeg(Buffer.concat([JPEG.subarray(0, -2), JPEG])), { reason: "A picture is not whole" });
  assert.deepEqual(wholeJpeg(Buffer.alloc(50)), { reason: "A buffer held no picture" });
  assert.deepEqual(wholeJpeg(Buffer.alloc(0)), { reason: "A buffer held no picture" });
});
