import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { readBmp } from "../../../src/jpeg/convert/bmp.ts";
import { toJpeg } from "../../../src/jpeg/convert/convert.ts";
import { bmp } from "../../support/images/jpegs.ts";
import { sizeOf } from "../../support/images/layouts.ts";
import { needs } from "../../support/tools.ts";

/** A pixel that differs from every other of a small picture. */
const pixel = (x: number, y: number): [number, number, number] => [x * 16, y * 16, 255 - x - y];

function expected(width: number, height: number): Buffer {
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => pixel(x, y)));
  return Buffer.from(rows.flat(2));
}

for (const bits of [24, 32] as const) {
  for (const fromTop of [false, true]) {
    test(`a BMP of ${bits} bits, rows from the ${fromTop ? "top" : "bottom"}, is read pixel for pixel`, () => {
      for (let width = 1; width <= 9; width++) {
        const { rgb, ...size } = readBmp(bmp({ width, height: 5, bits, fromTop, pixel }));
        assert.deepEqual(size, { width, height: 5 });
        assert.deepEqual(rgb, expected(width, 5));
      }
    });
  }
}

test("what lies between headers and pixels, or behind them, is no matter", () => {
  const picture = { width: 3, height: 2, bits: 24, pixel } as const;
  for (const file of [
    bmp({ ...picture, infoSize: 124 }),
    bmp({ ...picture, gap: 1024 }),
    Buffer.concat([bmp(picture), Buffer.alloc(99, 7)]),
  ]) {
    assert.deepEqual(readBmp(file).rgb, expected(3, 2));
  }
});

test("a BMP that ffmpeg wrote becomes the picture that ffmpeg drew", { skip: needs("ffmpeg") }, async () => {
  const draw = (...args: string[]) => {
    const source = ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=67x45", "-frames:v", "1"];
    return execFileSync("ffmpeg", [...source, ...args, "-f", "image2pipe", "pipe:1"]);
  };
  const png = draw("-c:v", "png", "-pix_fmt", "rgb24");
  const file = draw("-c:v", "bmp", "-pix_fmt", "bgr24");
  const pixels = (picture: Uint8Array) => sharp(picture).raw().toBuffer();
  assert.deepEqual(readBmp(file), { width: 67, height: 45, rgb: await pixels(png) });
  const [low, high] = [await toJpeg(file, { quality: 10 }), await toJpeg(file, { quality: 95 })];
  assert.deepEqual(sizeOf(high), { width: 67, height: 45 });
  assert.ok(low.length * 1.5 < high.length, `${low.length} and ${high.length} bytes`);
  assert.deepEqual(await pixels(high), await pixels(await toJpeg(png, { quality: 95 })));
});

test("a BMP is refused in plain words: when it is cut short, damaged, or of another kind", async () => {
  const picture = { width: 4, height: 4, bits: 24, pixel } as const;
  const whole = bmp(picture);
  for (let length = 2; length < whole.length; length++) {
    assert.throws(() => readBmp(whole.subarray(0, length)), { message: "it is not a whole BMP" });
  }
  const damaged = (at: number, value: number) => {
    const file = bmp(picture);
    file.writeInt32LE(value, at);
    return file;
  };
  // Its width, height, start of the pixels, size of its header, and number of planes.
  for (const [at, value] of [
    [18, 0],
    [18, -4],
    [22, 0],
    [10, 12],
    [14, 12],
    [26, 2],
  ] as const) {
    assert.throws(() => readBmp(damaged(at, value)), { message: "it is a damaged BMP" });
  }
  const kind = "it is a BMP of another kind than 24 or 32 bits a pixel, uncompressed";
  for (const file of [damaged(28, 8), damaged(28, 16), damaged(30, 1), damaged(30, 3)]) {
    assert.throws(() => readBmp(file), { message: kind });
  }
  // A size that the file has no room for costs no memory.
  assert.throws(() => readBmp(damaged(18, 2 ** 31 - 1)), { message: "it is not a whole BMP" });
  await assert.rejects(toJpeg(whole.subarray(0, 60)), { message: "it is not a whole BMP" });
});

test("any bytes after a BMP's first two are read or refused", () => {
  const run = (bytes: Uint8Array) => {
    try {
      const { width, height, rgb } = readBmp(Buffer.concat([Buffer.from("BM"), bytes]));
      assert.equal(rgb.length, width * height * 3);
    } catch (error) {
      assert.match((error as Error).message, /^it is /);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), run), { numRuns: 1000 });
});
