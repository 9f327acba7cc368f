import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeJpeg } from "../../src/jpeg/whole.ts";
import { segment, tinyJpeg } from "../support/images/jpegs.ts";

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
  const needsEnd = { needsEnd: true };
  const scanAt = JPEG.lastIndexOf(Buffer.of(0xff, 0xda)) + 10;
  for (let length = 2; length < JPEG.length; length++) {
    const reason = { reason: "A frame is incomplete" };
    assert.deepEqual(wholeJpeg(JPEG.subarray(0, length), needsEnd), reason);
    assert.deepEqual(wholeJpeg(Buffer.concat([JPEG.subarray(0, length), Buffer.alloc(9)]), needsEnd), reason);
    if (length < scanAt) assert.deepEqual(wholeJpeg(JPEG.subarray(0, length)), reason);
  }
  // Another JPEG or a piece of one follows it: a buffer must hold one.
  assert.deepEqual(wholeJpeg(Buffer.concat([JPEG.subarray(0, -2), JPEG])), { reason: "A frame is incomplete" });
  assert.deepEqual(wholeJpeg(Buffer.alloc(50)), { reason: "A buffer held no JPEG" });
  assert.deepEqual(wholeJpeg(Buffer.alloc(0)), { reason: "A buffer held no JPEG" });
});

test("a picture that lacks its end marker, or half of it, gets one where its length says that it is whole", () => {
  for (const bytes of [JPEG.subarray(0, -2), JPEG.subarray(0, -1)]) {
    const before = Buffer.from(bytes);
    const found = wholeJpeg(bytes);
    assert.ok("jpeg" in found);
    assert.deepEqual(found.jpeg, JPEG);
    assert.deepEqual(bytes, before);
  }
});

test("a start marker too many, with or without a header behind it, is passed over", () => {
  const soi = Buffer.of(0xff, 0xd8);
  for (const before of [soi, Buffer.concat([soi, soi]), Buffer.concat([soi, segment(0xe0, Buffer.from("JFIF"))])]) {
    const found = wholeJpeg(Buffer.concat([before, JPEG]));
    assert.ok("jpeg" in found);
    assert.deepEqual(found.jpeg, JPEG);
  }
});
