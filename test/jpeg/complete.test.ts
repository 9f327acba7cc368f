import assert from "node:assert/strict";
import { test } from "node:test";
import { isComplete } from "../../src/jpeg/complete.ts";
import { withEndMarker } from "../../src/jpeg/end-marker.ts";
import { libjpegJpeg } from "../support/images/encoded-jpegs.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";

test("a picture that lacks its end marker alone is complete, and one that lacks a byte of its data is not", async () => {
  const jpeg = await libjpegJpeg();
  assert.equal(await isComplete(jpeg), true);
  assert.equal(await isComplete(withEndMarker(jpeg.subarray(0, -2))), true);
  assert.equal(await isComplete(withEndMarker(jpeg.subarray(0, -1))), true);
  for (const cut of [3, 4, 10, 500, 3000])
    assert.equal(await isComplete(withEndMarker(jpeg.subarray(0, -cut))), false, `${cut}`);
  assert.equal(await isComplete(tinyJpeg()), false);
  assert.equal(await isComplete(Buffer.from("no picture")), false);
});
