import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { readHeader } from "../../src/jpeg/read-header.ts";
import { segment, tinyJpeg } from "../support/images/jpegs.ts";
import { layoutOf, sizeOf } from "../support/images/layouts.ts";

const ONE = { h: 1, v: 1 };
/** ffmpeg's names of samplings, and what they are. */
const SAMPLINGS = {
  gray: [ONE],
  yuvj420p: [{ h: 2, v: 2 }, ONE, ONE],
  yuvj422p: [{ h: 2, v: 1 }, ONE, ONE],
  yuvj440p: [{ h: 1, v: 2 }, ONE, ONE],
  yuvj411p: [{ h: 4, v: 1 }, ONE, ONE],
  yuvj444p: [ONE, ONE, ONE],
};

test("the size of a real picture is read, baseline and progressive, past segments that look like a header", async () => {
  for (const progressive of [false, true]) {
    const jpeg = await sharp({ create: { width: 333, height: 77, channels: 3, background: "teal" } })
      .jpeg({ progressive })
      .toBuffer();
    assert.deepEqual(sizeOf(jpeg), { width: 333, height: 77 });
    assert.deepEqual([readHeader(jpeg)?.components.length, readHeader(jpeg)?.orientation], [3, 1]);
  }
  const extra = [segment(0xe1, tinyJpeg()), segment(0xc4, [1, 2, 3])];
  const jpeg = tinyJpeg({ width: 4000, height: 3000, extra });
  assert.deepEqual(readHeader(jpeg), { width: 4000, height: 3000, components: [ONE], orientation: 1 });
});

test("bytes without a frame header give none, and any bytes at all do no harm", () => {
  assert.equal(readHeader(Buffer.alloc(0)), undefined);
  assert.equal(readHeader(Buffer.of(0xff, 0xd8, 0xff, 0xd9)), undefined);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void readHeader(Buffer.from([0xff, 0xd8, 0xff, ...bytes]))));
});

test("the number of components is read: gray, color, CMYK", async () => {
  const image = sharp({ create: { width: 16, height: 16, channels: 3, background: "teal" } });
  for (const [space, components] of [
    ["b-w", 1],
    ["srgb", 3],
    ["cmyk", 4],
  ] as const) {
    const jpeg = await image.clone().toColourspace(space).jpeg().toBuffer();
    assert.equal(readHeader(jpeg)?.components.length, components, space);
  }
});

/** An EXIF segment with these entries (tag, type, value), in either byte order. */
function exif(entries: ReadonlyArray<[tag: number, type: number, value: number]>, isLittle: boolean): Buffer {
  const tiff = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  const view = new DataView(tiff.buffer, tiff.byteOffset);
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, entries.length, isLittle);
  for (const [index, [tag, type, value]] of entries.entries()) {
    view.setUint16(10 + index * 12, tag, isLittle);
    view.setUint16(12 + index * 12, type, isLittle);
    view.setUint32(14 + index * 12, 1, isLittle);
    if (type === 3) view.setUint16(18 + index * 12, value, isLittle);
    else view.setUint32(18 + index * 12, value, isLittle);
  }
  return segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), tiff]));
}

test("the orientation is read from EXIF of either byte order, among other entries", () => {
  for (const isLittle of [true, false]) {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const extra = exif(
        [
          [0x010f, 4, 99],
          [0x0112, 3, orientation],
          [0x0132, 4, 1],
        ],
        isLittle,
      );
      const other = segment(0xe1, Buffer.from("http://ns.adobe.com/xap/1.0/\0<x/>"));
      const jpeg = tinyJpeg({ extra: [other, extra], width: 3, height: 4 });
      assert.deepEqual(readHeader(jpeg), { width: 3, height: 4, components: [ONE], orientation });
    }
  }
});

test("a picture without an orientation, or with one that is none, is upright", () => {
  const without = exif([[0x010f, 4, 99]], true);
  const wrong = [0, 9, 65535].map((orientation) => exif([[0x0112, 3, orientation]], false));
  const cut = segment(0xe1, exif([[0x0112, 3, 6]], true).subarray(4, 20));
  for (const extra of [without, ...wrong, cut, segment(0xe1, []), segment(0xe1, Buffer.from("Exif\0\0"))]) {
    assert.equal(readHeader(tinyJpeg({ extra: [extra] }))?.orientation, 1);
  }
});

test("any bytes as EXIF do no harm", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isLittle) => {
      const tiff = Buffer.concat([Buffer.from(isLittle ? "II" : "MM"), bytes]);
      const jpeg = tinyJpeg({ extra: [segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), tiff]))] });
      const orientation = readHeader(jpeg)?.orientation ?? 0;
      assert.ok(orientation >= 1 && orientation <= 8);
    }),
  );
});

test("a picture's layout is its size and how its components are sampled", async () => {
  const image = sharp({ create: { width: 70, height: 30, channels: 3, background: "#a03060" } });
  const layoutAs = async (chromaSubsampling: string) => {
    return layoutOf(await image.clone().jpeg({ chromaSubsampling }).toBuffer());
  };
  assert.deepEqual(await layoutAs("4:2:0"), { width: 70, height: 30, components: SAMPLINGS.yuvj420p });
  assert.deepEqual(await layoutAs("4:4:4"), { width: 70, height: 30, components: SAMPLINGS.yuvj444p });
  const gray = await image.clone().greyscale().toColourspace("b-w").jpeg().toBuffer();
  assert.deepEqual(layoutOf(gray), { width: 70, height: 30, components: SAMPLINGS.gray });
  const progressive = await image.clone().jpeg({ progressive: true, chromaSubsampling: "4:2:0" }).toBuffer();
  assert.deepEqual(layoutOf(progressive)?.components, SAMPLINGS.yuvj420p);
});

test("what has no frame header, or one that makes no sense, has no layout", () => {
  const frame = (...bytes: number[]) => Buffer.concat([Buffer.of(0xff, 0xd8), segment(0xc0, bytes)]);
  const broken = [
    Buffer.alloc(0),
    Buffer.from("GIF89a is no JPEG"),
    Buffer.of(0xff, 0xd8, 0xff, 0xd9),
    tinyJpeg().subarray(0, 12),
    frame(8, 0, 8),
    frame(8, 0, 8, 0, 8, 3, 1, 0x11, 0),
    tinyJpeg({ width: 0 }),
    tinyJpeg({ height: 0 }),
  ];
  for (const bytes of broken) assert.equal(layoutOf(bytes), undefined);
  // Fill bytes may stand before a marker.
  const filled = Buffer.concat([Buffer.of(0xff, 0xd8, 0xff, 0xff), tinyJpeg().subarray(2)]);
  assert.deepEqual(layoutOf(filled), { width: 16, height: 8, components: [ONE] });
});
