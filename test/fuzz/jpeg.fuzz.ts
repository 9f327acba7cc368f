import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isBmp, readBmp } from "../../src/jpeg/convert/bmp.ts";
import { withoutThumbnail } from "../../src/jpeg/exif.ts";
import { readOrientation } from "../../src/jpeg/orientation.ts";
import { hasAtMostQuality } from "../../src/jpeg/quality.ts";
import { readHeader } from "../../src/jpeg/read-header.ts";
import { repair } from "../../src/jpeg/repair.ts";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { wholeJpeg } from "../../src/jpeg/whole.ts";
import { FUZZ_RUNS, FUZZ_TIMEOUT, inTime } from "../support/fuzz.ts";
import { exifSegment } from "../support/images/exif.ts";
import { bmp, headerOf, multiPicture, segment, tinyJpeg } from "../support/images/jpegs.ts";

const options = { numRuns: FUZZ_RUNS };

const THUMBNAIL = tinyJpeg({ label: "small" });
const EXIF = [
  exifSegment({ order: "II", orientation: 6, thumbnail: THUMBNAIL }),
  exifSegment({
    order: "MM",
    orientation: 8,
    thumbnail: THUMBNAIL,
    thumbnailIs: "in the middle",
    sharesResolution: true,
  }),
  exifSegment({ order: "MM", pixels: Buffer.alloc(30, 0xff), makerNote: THUMBNAIL }),
];
/** A table of quantization and Huffman tables, as cameras send them. */
const DQT = segment(0xdb, [0, ...Array<number>(64).fill(16)]);
const DHT = segment(0xc4, [0, 0, 1, ...Array<number>(14).fill(0), 3]);
const PICTURES = [
  tinyJpeg({ label: "plain" }),
  tinyJpeg({ label: "with tables", extra: [DQT, DHT] }),
  tinyJpeg({ label: "without its Huffman tables", extra: [DQT] }),
  ...EXIF.map((exif) => tinyJpeg({ label: "with EXIF", extra: [DQT, exif] })),
  tinyJpeg({
    label: "of JFIF",
    extra: [segment(0xe0, [...Buffer.from("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 2, 1, 9, 9, 9, 9, 9, 9])],
  }),
  multiPicture(tinyJpeg({ label: "of two" }), THUMBNAIL, { length: 12_345 }).subarray(0, -THUMBNAIL.length),
  tinyJpeg({ label: "with fill bytes", extra: [Buffer.of(0xff, 0xff, 0xff), segment(0xfe, THUMBNAIL)] }),
];

/** Damages bytes: changes some, drops some, repeats some. */
const damage = fc.array(
  fc.record({
    at: fc.nat(600),
    kind: fc.constantFrom("set", "set", "cut", "twice"),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff, 0xd8, 0xd9, 0xda, 0xe1)),
    length: fc.nat(40),
  }),
  { maxLength: 4 },
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Buffer, damages: Damage): Buffer {
  return damages.reduce((bytes, { at, kind, byte, length }) => {
    const place = bytes.length === 0 ? 0 : at % bytes.length;
    const [before, behind] = [bytes.subarray(0, place), bytes.subarray(place)];
    if (kind === "set") return Buffer.concat([before, Buffer.of(byte), behind.subarray(1)]);
    if (kind === "cut") return Buffer.concat([before, behind.subarray(length)]);
    return Buffer.concat([before, behind.subarray(0, length), behind]);
  }, Buffer.from(bytes));
}

const picture = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...PICTURES), damage).map(([jpeg, damages]) => damaged(jpeg, damages)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([0xff, 0xd8, 0xff, ...bytes])) },
);
/** A stream of whole and broken JPEGs, with anything between them. */
const stream = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: picture },
      { weight: 1, arbitrary: fc.constantFrom(...PICTURES) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
    ),
    { maxLength: 5 },
  )
  .map((pieces) => Buffer.concat(pieces));
const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 8 });

function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0));
  return [0, ...ends].map((start, index) => Buffer.from(bytes.subarray(start, ends[index] ?? bytes.length)));
}

/** Returns what a splitter finds; copies, since frames may be views. */
function splitAll(chunks: readonly Buffer[], maxBytes: number): { pictures: Buffer[]; skipped: number } {
  const pictures: Buffer[] = [];
  let skipped = 0;
  const splitter = new JpegSplitter({ maxBytes, onSkip: (reason) => (reason.length > 0 ? skipped++ : assert.fail()) });
  for (const chunk of chunks) for (const found of splitter.push(chunk)) pictures.push(Buffer.from(found));
  return { pictures, skipped };
}

/**
 * A prefix for streams. A splitter searches at most twice as many bytes as it has received, to
 * bound its CPU time. This prefix is long enough for all of these streams, however they are cut.
 */
const PADDING = Buffer.alloc(64 * 1024);

test("any stream yields the same JPEGs however it is cut, in order, of its own bytes", FUZZ_TIMEOUT, () => {
  const property = fc.property(stream, cuts, (bytes, sizes) => {
    const found = splitAll([PADDING, bytes], 16_000_000);
    assert.deepEqual(splitAll([PADDING, ...inPieces(bytes, sizes)], 16_000_000), found);
    assertInOrder(found.pictures, bytes);
  });
  fc.assert(property, options);
});

test("from any stream no JPEG over the limit is passed on, and none that was not in it", FUZZ_TIMEOUT, () => {
  const property = fc.property(stream, cuts, fc.integer({ min: 1, max: 400 }), (bytes, sizes, maxBytes) => {
    const { pictures } = splitAll(inPieces(bytes, sizes), maxBytes);
    for (const { length } of pictures) assert.ok(length <= maxBytes);
    assertInOrder(pictures, bytes);
  });
  fc.assert(property, options);
});

function assertInOrder(pictures: readonly Buffer[], bytes: Buffer): void {
  let from = 0;
  for (const picture of pictures) {
    assert.equal(picture.subarray(0, 2).toString("hex") + picture.subarray(-2).toString("hex"), "ffd8ffd9");
    const at = bytes.indexOf(picture, from);
    assert.ok(at >= from, "It made a picture up.");
    from = at + picture.length;
  }
}

test("after any bytes, JPEGs are found again after the length of a segment at the latest", FUZZ_TIMEOUT, () => {
  // A damaged length hides up to 64 KB (T.81 B.1.1.4), and the JPEG in which that ends.
  const good = Buffer.concat(Array<Buffer>(2000).fill(PICTURES[0] as Buffer));
  assert.ok(good.length > 64 * 1024);
  const property = fc.property(stream, cuts, (bytes, sizes) => {
    const splitter = new JpegSplitter();
    for (const chunk of inPieces(bytes, sizes)) splitter.push(chunk);
    assert.ok(splitter.push(good).length > 0);
    assert.deepEqual(splitter.push(PICTURES[1] as Buffer), [PICTURES[1]]);
  });
  fc.assert(property, { numRuns: Math.ceil(FUZZ_RUNS / 10) });
});

/** Text between JPEGs, such as the headers of a multipart body, that starts no JPEG. */
const between = fc
  .oneof(
    fc.constantFrom("\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\n", "\n--x--\n\n", "\0\0\0\0"),
    fc.string({ unit: "binary-ascii", maxLength: 40 }),
  )
  .map((text) => Buffer.from(text, "latin1"));

test(
  "no byte of a whole JPEG is lost in a multipart body, whatever is between and however it is cut",
  FUZZ_TIMEOUT,
  () => {
    const parts = fc.array(fc.tuple(between, fc.constantFrom(...PICTURES)), { maxLength: 5 });
    const property = fc.property(parts, cuts, (parts, sizes) => {
      const found = splitAll(inPieces(Buffer.concat(parts.flat()), sizes), 16_000_000);
      assert.deepEqual(found, { pictures: parts.map(([, picture]) => picture), skipped: 0 });
    });
    fc.assert(property, options);
  },
);

test("any JPEG is unchanged, repaired once and for all, or refused in words", FUZZ_TIMEOUT, () => {
  const property = fc.property(picture, (bytes) => {
    const before = Buffer.from(bytes);
    const found = repair(bytes);
    assert.deepEqual(bytes, before, "It wrote into the bytes that all viewers share.");
    if ("reason" in found) {
      assert.match(found.reason, /^(A|The) [^\n]+$/);
      return;
    }
    const { jpeg, width, height, repaired } = found;
    assert.ok(width > 0 && height > 0);
    assert.equal(repaired, jpeg !== bytes);
    assert.ok(jpeg.length <= bytes.length + 420, "It grew by more than the four standard tables.");
    const again = repair(jpeg);
    assert.deepEqual(again, { jpeg, width, height, repaired: false });
    // The rest of a whole JPEG, from its scan on, is sent unchanged.
    const scan = scanOf(before);
    if (scan !== undefined) assert.ok(Buffer.from(jpeg).includes(scan));
  });
  fc.assert(property, options);
});

/**
 * Returns the bytes from the first scan of a valid JPEG on, or undefined if its header is damaged.
 */
function scanOf(jpeg: Buffer): Buffer | undefined {
  try {
    const { rest } = headerOf(jpeg);
    return rest[0] === 0xff && rest[1] === 0xda ? rest : undefined;
  } catch {
    return undefined;
  }
}

test("sizes read from any JPEG are whole numbers within bounds, or nothing", FUZZ_TIMEOUT, () => {
  const property = fc.property(picture, fc.integer({ min: 1, max: 100 }), (bytes, quality) => {
    const header = readHeader(bytes);
    if (header !== undefined) {
      const { width, height, components, orientation } = header;
      for (const side of [width, height]) assert.ok(side > 0 && side <= 65_535);
      assert.ok(components.length < 256 && orientation >= 1 && orientation <= 8);
    }
    assert.equal(typeof hasAtMostQuality(bytes, quality), "boolean");
    const whole = wholeJpeg(bytes);
    // A missing end marker was added.
    if ("jpeg" in whole) assert.ok(bytes.includes(whole.jpeg) || bytes.includes(whole.jpeg.subarray(0, -2)));
    else assert.match(whole.reason, /^A [^\n]+$/);
  });
  fc.assert(property, options);
});

test("any EXIF and its thumbnail are parsed, and removing parts of it changes nothing else", FUZZ_TIMEOUT, () => {
  const exif = fc.oneof(
    fc
      .tuple(fc.constantFrom(...EXIF.map((segment) => segment.subarray(10))), damage)
      .map(([bytes, damages]) => Buffer.concat([Buffer.from("Exif\0\0"), damaged(bytes, damages)])),
    fc
      .uint8Array({ maxLength: 100 })
      .map((bytes) => Buffer.concat([Buffer.from("Exif\0\0II*\0\x08\0\0\0", "latin1"), bytes])),
  );
  const property = fc.property(exif, (bytes) => {
    const before = Buffer.from(bytes);
    const orientation = readOrientation(bytes);
    const kept = withoutThumbnail(bytes);
    assert.deepEqual(bytes, before);
    if (kept === undefined) return;
    assert.ok(kept.length <= bytes.length && !kept.includes(Buffer.of(0xff, 0xd8, 0xff)));
    if (kept.length > 0) assert.equal(readOrientation(kept), orientation);
  });
  fc.assert(property, options);
});

test("any BMP is pixels, or refused in words", FUZZ_TIMEOUT, () => {
  const sound = [24, 32].map((bits) =>
    bmp({ width: 5, height: 3, bits: bits as 24 | 32, pixel: (x, y) => [x, y, 255] }),
  );
  const file = fc.oneof(
    fc.tuple(fc.constantFrom(...sound), damage).map(([bytes, damages]) => damaged(bytes, damages)),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from([0x42, 0x4d, ...bytes])),
  );
  const property = fc.property(file, (bytes) => {
    try {
      const { width, height, rgb } = readBmp(bytes);
      assert.ok(isBmp(bytes));
      assert.equal(rgb.length, width * height * 3);
      assert.ok(rgb.length <= bytes.length);
    } catch (error) {
      assert.match(String(error), /^Error: it is (a|not a) [^\n]*BMP/);
    }
  });
  fc.assert(property, options);
});

test("any bytes are searched in linear time", FUZZ_TIMEOUT, () => {
  const piece = fc.oneof(
    fc.constantFrom(
      Buffer.of(0xff, 0xd8),
      Buffer.of(0xff, 0xd8, 0xff),
      Buffer.of(0xff),
      Buffer.of(0xff, 0xda, 0, 2),
      Buffer.of(0xff, 0xe1, 0xff, 0xff),
      Buffer.of(0xff, 0xd0),
    ),
    picture,
  );
  const property = fc.property(piece, fc.constantFrom(1, 7, 4096), (bytes, chunkBytes) => {
    const stream = Buffer.concat(Array<Buffer>(Math.ceil(5000 / Math.max(1, bytes.length))).fill(bytes));
    const splitter = new JpegSplitter({ maxBytes: 1000 });
    inTime(() => {
      for (let at = 0; at < stream.length; at += chunkBytes) splitter.push(stream.subarray(at, at + chunkBytes));
    });
  });
  fc.assert(property, { numRuns: Math.ceil(FUZZ_RUNS / 20) });
});
