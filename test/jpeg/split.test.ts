import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JpegSplitter, type SplitOptions, split } from "../../src/jpeg/split.ts";
import { inTime } from "../support/fuzz.ts";
import { heavyJpeg, segment, stuffed, tinyJpeg } from "../support/images/jpegs.ts";

/** Splits `stream`, given in pieces of `size` bytes. */
function splitAll(stream: Uint8Array, size: number, options: SplitOptions = {}) {
  const skipped: string[] = [];
  const splitter = new JpegSplitter({ onSkip: (reason) => skipped.push(reason), ...options });
  const pictures: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) {
    pictures.push(...splitter.push(stream.subarray(at, at + size)).map((picture) => Buffer.from(picture)));
  }
  return { pictures, skipped };
}

const SIZES = [1, 2, 3, 7, 1024, Number.MAX_SAFE_INTEGER];

/** Asserts that `stream` holds exactly `pictures`, however it is cut. */
function assertHolds(stream: Uint8Array, pictures: readonly Uint8Array[]): void {
  for (const size of SIZES) assert.deepEqual(splitAll(stream, size).pictures, pictures, `in pieces of ${size}`);
}

const THUMBNAIL = tinyJpeg({ label: "thumbnail" });

test("frames laid end to end come out one by one, in pieces of any size", () => {
  const pictures = [tinyJpeg({ label: "a" }), heavyJpeg(5000, "b"), tinyJpeg({ label: "c" })];
  assertHolds(Buffer.concat(pictures), pictures);
});

test("an EXIF thumbnail with its own end marker stays inside its frame", () => {
  const picture = tinyJpeg({ extra: [segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), THUMBNAIL, THUMBNAIL]))] });
  assertHolds(Buffer.concat([picture, picture]), [picture, picture]);
});

test("restart markers, stuffed bytes and fill bytes do not end a frame", () => {
  const scan = Buffer.concat([Buffer.of(1, 0xff, 0, 0xff, 0xd0, 2, 0xff, 0xff, 0xd7, 3, 0xff, 0xff, 0, 0xff, 0)]);
  const head = tinyJpeg().subarray(0, -5);
  const picture = Buffer.concat([head, scan, Buffer.of(0xff, 0xff, 0xff, 0xd9)]);
  const filled = Buffer.concat([picture.subarray(0, 2), Buffer.of(0xff, 0xff), picture.subarray(2)]);
  assertHolds(Buffer.concat([picture, filled]), [picture, filled]);
});

test("the tables between the scans of a progressive frame may hold an end marker", () => {
  const scans = [segment(0xda, [1, 1, 0, 0, 0, 0]), stuffed(Buffer.of(9, 0xff)), segment(0xc4, [0, 0xff, 0xd9])];
  const picture = Buffer.concat([tinyJpeg().subarray(0, -2), ...scans, tinyJpeg().subarray(2)]);
  assertHolds(Buffer.concat([picture, THUMBNAIL]), [picture, THUMBNAIL]);
});

test("multipart headers and boundaries between frames are passed over", () => {
  const [a, b] = [tinyJpeg({ label: "a" }), tinyJpeg({ label: "b" })];
  const part = (picture: Buffer) => [
    Buffer.from(`--x\r\nContent-Type: image/jpeg\r\n\r\n`),
    picture,
    Buffer.from("\r\n"),
  ];
  assertHolds(Buffer.concat([...part(a), ...part(b), Buffer.from("--x--")]), [a, b]);
});

test("a frame cut off by the next one is skipped, counted, and costs no other", () => {
  const [a, b, c] = ["a", "b", "c"].map((label) => heavyJpeg(300, label)) as [Buffer, Buffer, Buffer];
  for (const cut of [60, 200, b.length - 1]) {
    const stream = Buffer.concat([a, b.subarray(0, cut), c]);
    for (const size of SIZES) {
      const { pictures, skipped } = splitAll(stream, size);
      assert.deepEqual(pictures, [a, c], `cut at ${cut}, in pieces of ${size}`);
      assert.deepEqual(skipped, ["A frame is incomplete"]);
    }
  }
});

test("the thumbnail of a frame that breaks off is not taken for a frame", () => {
  const whole = heavyJpeg(300, "whole");
  const picture = tinyJpeg({ extra: [segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), THUMBNAIL]))] });
  const broken = Buffer.concat([picture.subarray(0, -3), Buffer.of(0xff, 0xc1, 0, 2), Buffer.from("no marker")]);
  for (const size of SIZES) {
    const { pictures, skipped } = splitAll(Buffer.concat([broken, whole, broken, whole]), size);
    assert.deepEqual(pictures, [whole, whole], `in pieces of ${size}`);
    assert.deepEqual(skipped, ["A frame is incomplete", "A frame is incomplete"]);
  }
  const stream = Buffer.concat([whole, broken, whole]);
  for (let cut = 1; cut < stream.length; cut++) {
    const splitter = new JpegSplitter();
    const pictures = [stream.subarray(0, cut), stream.subarray(cut)].flatMap((piece) => splitter.push(piece));
    assert.deepEqual(pictures.map(Buffer.from), [whole, whole], `cut at ${cut}`);
  }
});

test("a false start whose length would swallow the next frame does not", () => {
  const picture = heavyJpeg(100_000);
  assertHolds(Buffer.concat([Buffer.of(0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff), picture, THUMBNAIL]), [picture, THUMBNAIL]);
});

test("tables without a frame are no frame", () => {
  assertHolds(Buffer.concat([Buffer.of(0xff, 0xd8), segment(0xdb, [0]), Buffer.of(0xff, 0xd9), THUMBNAIL]), [
    THUMBNAIL,
  ]);
});

test("a frame over the limit is skipped whole, with what it embeds, and not kept", () => {
  const embedded = tinyJpeg({ extra: [segment(0xe1, THUMBNAIL)], scan: Buffer.alloc(20_000, 7) });
  for (const size of SIZES) {
    const { pictures, skipped } = splitAll(Buffer.concat([embedded, THUMBNAIL]), size, { maxBytes: 10_000 });
    assert.deepEqual(pictures, [THUMBNAIL], `in pieces of ${size}`);
    assert.deepEqual(skipped, ["A frame is over the limit of 10000 bytes"]);
  }
});

test("a frame that never ends keeps no more memory than the limit allows", () => {
  const splitter = new JpegSplitter();
  splitter.push(tinyJpeg().subarray(0, -2));
  const chunk = Buffer.alloc(1024 * 1024, 0x55);
  global.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  for (let megabytes = 0; megabytes < 400; megabytes++) splitter.push(chunk);
  assert.ok(process.memoryUsage().arrayBuffers - before < 120 * 1024 * 1024);
  assert.deepEqual(splitter.push(Buffer.concat([Buffer.of(0xff, 0xd9), THUMBNAIL])).map(Buffer.from), [THUMBNAIL]);
});

test("hostile false starts cost linear time", () => {
  // Each start's segment holds the next start: searching on behind every one of them would be
  // quadratic.
  const hostile = Buffer.alloc(6 * 1_000_000, Buffer.of(0xff, 0xd8, 0xff, 0xe0, 0, 4));
  inTime(() => splitAll(Buffer.concat([hostile, Buffer.of(1, 2, 3, 4)]), 65_536));
});

test("lines of a header before each start of a frame cost linear time", () => {
  // A header was read again from each of its lines, for each start.
  const header = Buffer.from("a:\n".repeat(160).padEnd(500));
  const starts = Buffer.concat(Array<Buffer>(3).fill(Buffer.of(0xff, 0xd8, 0xff, 0xff, 0)));
  const hostile = Buffer.concat(Array<Buffer>(2000).fill(Buffer.concat([header, starts])));
  inTime(() => splitAll(Buffer.concat([hostile, Buffer.of(1, 2, 3, 4)]), 65_536));
});

test("the generator yields what the splitter finds, from an async source", async () => {
  const picture = heavyJpeg(200_000);
  const stream = Buffer.concat([picture, picture]);
  async function* chunks() {
    for (let at = 0; at < stream.length; at += 65_536) yield stream.subarray(at, at + 65_536);
  }
  const pictures: Buffer[] = [];
  for await (const found of split(chunks())) pictures.push(Buffer.from(found));
  assert.deepEqual(pictures, [picture, picture]);
});

const anyPicture = fc
  .record({
    label: fc.string({ maxLength: 20 }),
    scan: fc.uint8Array({ maxLength: 300 }),
    extra: fc.array(
      fc
        .tuple(fc.integer({ min: 0xe0, max: 0xef }), fc.uint8Array({ maxLength: 60 }))
        .map(([code, bytes]) => segment(code, bytes)),
      { maxLength: 3 },
    ),
  })
  .map(tinyJpeg);

/** Bytes that never start a picture. */
const garbage = fc.uint8Array({ maxLength: 80 }).map((bytes) => bytes.map((byte) => (byte === 0xff ? 0xfe : byte)));

test("any frames with any garbage around them, cut anywhere, come out bit for bit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(garbage, anyPicture), { maxLength: 6 }),
      garbage,
      fc.infiniteStream(fc.integer({ min: 1, max: 200 })),
      (parts, tail, cuts) => {
        const stream = Buffer.concat([...parts.flat(), tail]);
        const splitter = new JpegSplitter();
        const found: Buffer[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = cuts.next().value;
          found.push(...splitter.push(stream.subarray(at, at + size)).map(Buffer.from));
          at += size;
        }
        assert.deepEqual(
          found,
          parts.map(([, picture]) => picture),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("any bytes at all, cut anywhere, give the same frames as uncut", () => {
  const markers = fc.constantFrom(0xff, 0xff, 0xff, 0xd8, 0xd9, 0xda, 0xe1, 0xc4, 0xd0, 0, 1, 2, 8);
  fc.assert(
    fc.property(fc.array(markers, { maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (bytes, size) => {
      const stream = Buffer.from(bytes);
      assert.deepEqual(splitAll(stream, size).pictures, splitAll(stream, stream.length + 1).pictures);
    }),
    { numRuns: 2000 },
  );
});
