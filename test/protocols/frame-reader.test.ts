import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER_LAYOUTS, type HeaderLayout, packHeader } from "../../src/protocols/frame-header.ts";
import { FrameReader } from "../../src/protocols/frame-reader.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";

const PICTURES = ["a", "bb", "ccc"].map((label) => tinyJpeg({ label, width: 640, height: 480 }));

function framed(layout: HeaderLayout, pictures: readonly Buffer[], size = { width: 640, height: 480 }): Buffer {
  return Buffer.concat(pictures.flatMap((jpeg) => [packHeader(layout, { long: jpeg.length, ...size }), jpeg]));
}

function failureOf(layout: HeaderLayout, stream: Buffer): string {
  try {
    [...new FrameReader(layout).push(stream)];
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

for (const layout of HEADER_LAYOUTS) {
  const stream = framed(layout, PICTURES);

  test(`a stream with ${layout} headers, cut at any one place, gives its frames bit for bit`, () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new FrameReader(layout);
      const pictures = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
      assert.deepEqual(pictures, PICTURES, `cut at ${cut}`);
    }
  });

  test(`a stream with ${layout} headers that comes byte by byte gives its frames bit for bit`, () => {
    const reader = new FrameReader(layout);
    const pictures = Array.from(stream, (byte) => [...reader.push(Buffer.of(byte))]).flat();
    assert.deepEqual(pictures, PICTURES);
  });
}

test("an empty frame holds up none", () => {
  const reader = new FrameReader("lhh8");
  const pictures = [...reader.push(framed("lhh8", [Buffer.alloc(0), ...PICTURES]))];
  assert.deepEqual(pictures, [Buffer.alloc(0), ...PICTURES]);
});

test("a length that cannot be true is refused and not allocated, after the frames before it", () => {
  for (const long of [2 ** 40, 16 * 1024 * 1024 + 1, -1]) {
    const reader = new FrameReader("lhh12");
    const pictures: Buffer[] = [];
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(
      () => {
        const hostile = packHeader("lhh12", { long, width: 640, height: 480 });
        for (const jpeg of reader.push(Buffer.concat([framed("lhh12", PICTURES), hostile]))) pictures.push(jpeg);
      },
      { message: `it announced a frame of ${long} bytes, over the limit of 16777216` },
    );
    assert.deepEqual(pictures, PICTURES);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
  }
});

test("a stream of another layout than expected is refused with the layout it may have", () => {
  assert.match(failureOf("lhh8", framed("lhh12", PICTURES)), /; it may send header=lhh12, as on 64-bit Linux$/);
  assert.match(failureOf("lhh12", framed("lhh8", PICTURES)), /; it may send header=lhh8, as on Windows$/);
  for (const layout of ["lhh8", "lhh12"] as const) {
    assert.match(failureOf(layout, framed("text", PICTURES)), /; it may send header=text$/);
  }
  for (const other of ["lhh8", "lhh12"] as const) {
    assert.match(failureOf("text", framed(other, PICTURES)), /^it sent ".*" where a header of three numbers must be$/);
  }
});
