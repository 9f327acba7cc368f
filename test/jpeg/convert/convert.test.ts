import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { toJpeg } from "../../../src/jpeg/convert/convert.ts";
import { MAX_FRAME_BYTES } from "../../../src/jpeg/split.ts";
import { slowSvg } from "../../support/images/bombs.ts";
import { exifSegment } from "../../support/images/exif.ts";
import { heavyJpeg, tinyJpeg } from "../../support/images/jpegs.ts";
import { sizeOf } from "../../support/images/layouts.ts";

test("a JPEG passes conversion as it is, cut behind its end", async () => {
  const jpeg = tinyJpeg();
  assert.deepEqual(Buffer.from(await toJpeg(Buffer.concat([jpeg, Buffer.from("junk")]))), jpeg);
});

test("a picture in another format becomes a JPEG of the same size, turned as its orientation says", async () => {
  const image = sharp({ create: { width: 40, height: 20, channels: 3, background: "teal" } });
  assert.deepEqual(sizeOf(await toJpeg(await image.clone().png().toBuffer())), { width: 40, height: 20 });
  const turned = await image.clone().withMetadata({ orientation: 6 }).webp().toBuffer();
  assert.deepEqual(sizeOf(await toJpeg(turned)), { width: 20, height: 40 });
});

test("half a picture, and what is none, are refused", async () => {
  const png = await sharp({ create: { width: 400, height: 200, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  for (const wrong of [
    tinyJpeg().subarray(0, 20),
    png.subarray(0, png.length / 2),
    Buffer.from("hello"),
    Buffer.alloc(0),
  ]) {
    await assert.rejects(toJpeg(wrong));
  }
  await assert.rejects(toJpeg(tinyJpeg().subarray(0, -2), { mayBreakOff: true }));
});

test("a JPEG that breaks off is refused, though its thumbnail, or another picture behind it, be whole", async () => {
  const extra = [exifSegment({ order: "II", thumbnail: tinyJpeg({ label: "thumbnail" }) })];
  const whole = tinyJpeg({ extra });
  const broken = Buffer.concat([whole.subarray(0, -20), Buffer.from("garbage"), Buffer.of(0xff, 0x01)]);
  for (const jpeg of [broken, Buffer.concat([broken, whole]), Buffer.concat([whole.subarray(0, -2), whole])]) {
    await assert.rejects(toJpeg(jpeg), { message: "it is not a whole JPEG of up to 16 MB" });
  }
  assert.deepEqual(Buffer.from(await toJpeg(Buffer.concat([whole, broken]))), whole);
});

test("a JPEG over the size limit is refused", async () => {
  const jpeg = heavyJpeg(MAX_FRAME_BYTES);
  await assert.rejects(toJpeg(jpeg), { message: "it is not a whole JPEG of up to 16 MB" });
  const largest = heavyJpeg(MAX_FRAME_BYTES - (jpeg.length - MAX_FRAME_BYTES));
  assert.equal((await toJpeg(largest)).length, MAX_FRAME_BYTES);
});

test("a large image that takes long holds up no small one", async () => {
  const gone = new AbortController();
  const slow = toJpeg(slowSvg(), { isLocal: true, signal: gone.signal });
  let isOver = false;
  slow.catch(() => {}).finally(() => (isOver = true));
  const png = await sharp({ create: { width: 40, height: 20, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  for (let count = 0; count < 3; count++) assert.deepEqual(sizeOf(await toJpeg(png)), { width: 40, height: 20 });
  assert.equal(isOver, false);
  gone.abort(new Error("The camera is closed"));
  await assert.rejects(slow, { message: "The camera is closed" });
});
