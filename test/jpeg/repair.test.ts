import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { repair } from "../../src/jpeg/repair.ts";
import { ffmpegJpeg, ffmpegPixelsOf, libjpegJpeg, pixelsOf } from "../support/images/encoded-jpegs.ts";
import { exifSegment } from "../support/images/exif.ts";
import { headerOf, jpegOf, segment, tablesOf, tinyJpeg, withoutTables } from "../support/images/jpegs.ts";
import { needs } from "../support/tools.ts";

const skip = needs("ffmpeg");

/** What repair makes of a picture that can be shown. */
function repaired(jpeg: Uint8Array): Buffer {
  const found = repair(jpeg);
  assert.ok("jpeg" in found, "it can be shown");
  return Buffer.from(found.jpeg);
}

/** Asserts that a picture is passed on as the very same bytes, not a copy. */
function assertUntouched(jpeg: Uint8Array, message?: string): void {
  const found = repair(jpeg);
  assert.ok("jpeg" in found, message);
  assert.equal(found.repaired, false, message);
  assert.equal(found.jpeg, jpeg, message);
}

async function assertSamePixels(jpeg: Buffer, original: Buffer, message?: string): Promise<void> {
  assert.ok((await pixelsOf(jpeg)).equals(await pixelsOf(original)), message);
}

/** Each is decoded once: a start of ffmpeg takes 0.1 s. */
const decoded = new WeakMap<Buffer, Buffer>();

function ffmpegPixelsOnce(jpeg: Buffer): Buffer {
  const pixels = decoded.get(jpeg) ?? ffmpegPixelsOf(jpeg);
  decoded.set(jpeg, pixels);
  return pixels;
}

const bySelector = (tables: readonly Buffer[]) => Buffer.concat([...tables].sort(Buffer.compare));

/**
 * Asserts that a picture without tables becomes what it was with them: tables, all else, and what
 * decoders see.
 */
async function assertMended(original: Buffer, stripped: Buffer, message: string): Promise<void> {
  assert.notDeepEqual(tablesOf(stripped), tablesOf(original), message);
  const found = repair(stripped);
  assert.ok("jpeg" in found && found.repaired, message);
  const jpeg = Buffer.from(found.jpeg);
  assert.deepEqual(bySelector(tablesOf(jpeg)), bySelector(tablesOf(original)), message);
  assert.deepEqual(withoutTables(jpeg), withoutTables(original), message);
  await assertSamePixels(jpeg, original, message);
  assert.ok(ffmpegPixelsOf(jpeg).equals(ffmpegPixelsOnce(original)), message);
  assertUntouched(jpeg, message);
}

test("a frame without Huffman tables gets the standard's, and decodes to the same pixels", { skip }, async () => {
  const originals = {
    "4:2:0": ffmpegJpeg("yuvj420p"),
    "4:2:2": ffmpegJpeg("yuvj422p"),
    "4:4:4": ffmpegJpeg("yuvj444p"),
    "4:2:0, of libjpeg": await libjpegJpeg(),
    "with restart intervals": ffmpegJpeg("yuvj420p", ["-threads", "4", "-slices", "4", "-thread_type", "slice"]),
  };
  assert.ok(headerOf(originals["with restart intervals"]).segments.some(({ code }) => code === 0xdd));
  for (const [name, original] of Object.entries(originals)) {
    assertUntouched(original, name);
    await assertMended(original, withoutTables(original), name);
  }
});

test("a gray frame gets no more than the two tables it needs", { skip }, async () => {
  const original = await libjpegJpeg({ isGray: true });
  assert.equal(tablesOf(original).length, 2);
  await assertMended(original, withoutTables(original), "gray");
});

test("of the tables exactly those are inserted that are missing, whichever they are", { skip }, async () => {
  const original = ffmpegJpeg("yuvj420p");
  const all = [0x00, 0x01, 0x10, 0x11];
  for (let kept = 0; kept < 15; kept++) {
    const isKept = (table: number) => ((kept >> all.indexOf(table)) & 1) === 1;
    await assertMended(original, withoutTables(original, isKept), `kept ${all.filter(isKept)}`);
  }
});

test("tables that are there stay, though they are not the standard's", async () => {
  const optimised = await sharp(await libjpegJpeg())
    .jpeg({ optimiseCoding: true })
    .toBuffer();
  assertUntouched(optimised);
  // Without the AC tables for color it is broken for good; those that it has must not be touched
  // for all that.
  const isKept = (table: number) => table !== 0x11;
  const before = tablesOf(optimised).filter((table) => isKept(table[0] as number));
  const after = tablesOf(repaired(withoutTables(optimised, isKept)));
  assert.deepEqual(after.slice(0, 3), before);
  assert.equal(after.length, 4);
});

test("tables stand right before the scan, behind all other segments", async () => {
  const original = await libjpegJpeg();
  const { segments, rest } = headerOf(withoutTables(original));
  const comment = { code: 0xfe, bytes: segment(0xfe, Buffer.from("the last before the scan")) };
  const jpeg = repaired(jpegOf([...segments, comment], rest));
  const codes = headerOf(jpeg).segments.map(({ code }) => code);
  assert.deepEqual(codes.slice(-2), [0xfe, 0xc4]);
  assert.deepEqual(headerOf(jpeg).rest, rest);
});

test("fill bytes before the scan's marker stay fill bytes", async () => {
  const original = await libjpegJpeg();
  const { segments, rest } = headerOf(withoutTables(original));
  const jpeg = repaired(jpegOf(segments, Buffer.concat([Buffer.of(0xff, 0xff), rest])));
  await assertSamePixels(jpeg, original);
});

test("neither a progressive frame, nor one without quantisation tables, gets tables", async () => {
  const progressive = await sharp(await libjpegJpeg())
    .jpeg({ progressive: true })
    .toBuffer();
  assertUntouched(progressive);
  assertUntouched(withoutTables(progressive));
  const { segments, rest } = headerOf(withoutTables(await libjpegJpeg()));
  const abbreviated = segments.filter(({ code }) => code !== 0xdb);
  assertUntouched(jpegOf(abbreviated, rest));
  assertUntouched(tinyJpeg());
});

test("what the standard's tables cannot be for stays as it is: twelve bits, other destinations, broken tables", async () => {
  const { segments, rest } = headerOf(withoutTables(await libjpegJpeg()));
  const withFrame = (change: (frame: Buffer) => void) => {
    return segments.map(({ code, bytes }) => {
      const copy = Buffer.from(bytes);
      if (code === 0xc0) change(copy);
      return { code, bytes: copy };
    });
  };
  assertUntouched(
    jpegOf(
      withFrame((frame) => frame.writeUInt8(12, 4)),
      rest,
    ),
    "twelve bits a sample",
  );
  for (const code of [0xc3, 0xc9, 0xca]) {
    assertUntouched(
      jpegOf(
        withFrame((frame) => frame.writeUInt8(code, 1)),
        rest,
      ),
      `frame ${code.toString(16)}`,
    );
  }
  const otherTables = Buffer.from(rest);
  otherTables.writeUInt8(0x22, 6);
  assertUntouched(jpegOf(segments, otherTables), "tables 2");
  for (const broken of [
    [0x00],
    [0x00, ...Array(16).fill(1)],
    [0x40, ...Array(16).fill(0)],
    [0x04, ...Array(16).fill(0)],
  ]) {
    const dht = { code: 0xc4, bytes: segment(0xc4, broken) };
    assertUntouched(jpegOf([...segments, dht], rest), `tables ${broken}`);
    assertUntouched(jpegOf([dht, ...segments], rest), `tables ${broken} first`);
  }
  assert.notEqual(
    repaired(
      jpegOf(
        withFrame((frame) => frame.writeUInt8(0xc1, 1)),
        rest,
      ),
    ).length,
    0,
  );
  assert.equal(
    tablesOf(
      repaired(
        jpegOf(
          withFrame((frame) => frame.writeUInt8(0xc1, 1)),
          rest,
        ),
      ),
    ).length,
    4,
  );
});

/**
 * A sequential picture whose three components have a scan each, put together of the scans of gray
 * ones.
 */
async function inThreeScans({ selector, between = [] }: { selector: number; between?: readonly Buffer[] }) {
  const grays = await Promise.all([0, 40, 80].map((hue) => libjpegJpeg({ isGray: true, hue })));
  const { segments } = headerOf(grays[0] as Buffer);
  const frame = (gray: Buffer) => segment(0xc0, [...gray.subarray(4, 9), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
  const scans = grays.flatMap((gray, index) => {
    const scan = segment(0xda, [1, index + 1, index === 0 ? 0x00 : selector, 0, 63, 0]);
    return [...(index === 1 ? between : []), scan, headerOf(gray).rest.subarray(10, -2)];
  });
  const rest = Buffer.concat([...scans, Buffer.of(0xff, 0xd9)]);
  return jpegOf(
    segments.map(({ code, bytes }) => ({ code, bytes: code === 0xc0 ? frame(bytes) : bytes })),
    rest,
  );
}

test("of a frame in several scans every scan's tables count, with those that are defined between scans", async () => {
  const original = await inThreeScans({ selector: 0x00 });
  assertUntouched(original, "all scans have their tables");
  const mended = repaired(withoutTables(original));
  assert.deepEqual(bySelector(tablesOf(mended)), bySelector(tablesOf(original)));
  await assertSamePixels(mended, original);

  // The same codes under another name, for the scans that come after.
  const [dc, ac] = tablesOf(original).map((table) => table.subarray(1)) as [Buffer, Buffer];
  const between = [segment(0xc4, [0x01, ...dc]), segment(0xc4, [0x11, ...ac])];
  const later = await inThreeScans({ selector: 0x11, between });
  assertUntouched(later, "tables between scans are tables");
  const laterMended = repaired(withoutTables(later));
  assert.deepEqual(bySelector(tablesOf(laterMended)), bySelector(tablesOf(original)), "only what is defined nowhere");
  await assertSamePixels(laterMended, original);

  const preview = segment(0xed, await libjpegJpeg({ width: 32, height: 32 }));
  const withPreview = await inThreeScans({ selector: 0x00, between: [preview] });
  assertUntouched(withPreview, "what stands between scans stays");
  assert.deepEqual(headerOf(repaired(withoutTables(withPreview))).rest, headerOf(withPreview).rest);

  const lacking = await inThreeScans({ selector: 0x11 });
  const selectors = tablesOf(repaired(lacking)).map((table) => table[0]);
  assert.deepEqual(selectors, [0x00, 0x10, 0x01, 0x11], "what only a later scan lacks is inserted too");
});

test("what breaks off behind the start of its scan is left to be seen as far as it goes", async () => {
  const original = withoutTables(await inThreeScans({ selector: 0x00 }));
  const { segments, rest } = headerOf(original);
  const second = rest.indexOf(Buffer.of(0xff, 0xda), 2);
  for (const damage of [Buffer.of(0xff, 0xda, 0, 3, 9), Buffer.of(0xff, 0xc0, 0, 4, 1, 1), Buffer.of(1, 2, 3)]) {
    const jpeg = repaired(jpegOf(segments, Buffer.concat([rest.subarray(0, second), damage, rest.subarray(second)])));
    assert.equal(tablesOf(jpeg).length, 2);
  }
});

test("what is surely no frame is refused, in plain words", () => {
  const NO_JPEG = "The data is no JPEG";
  const DAMAGED = "A frame's header is damaged";
  const NO_SIZE = "A frame does not say its size";
  const jpeg = tinyJpeg({ label: "a" });
  const scanAt = jpeg.indexOf(Buffer.of(0xff, 0xda));
  const { segments, rest } = headerOf(jpeg);
  const frame = [8, 0, 8, 0, 16, 1, 1, 0x11, 0];
  const withFrame = (...frames: number[][]) =>
    jpegOf(
      frames.map((bytes) => ({ code: 0xc0, bytes: segment(0xc0, bytes) })),
      rest,
    );
  const withScan = (scan: number[]) => jpegOf(segments, Buffer.concat([segment(0xda, scan), rest.subarray(10)]));
  const cases: [string, Buffer, string][] = [
    ["nothing", Buffer.alloc(0), NO_JPEG],
    ["a PNG", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), NO_JPEG],
    ["a start alone", Buffer.of(0xff, 0xd8), DAMAGED],
    ["a start and an end", Buffer.of(0xff, 0xd8, 0xff, 0xd9), DAMAGED],
    ["garbage behind a start", Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.alloc(100, 7)]), DAMAGED],
    ["a header that is cut off", jpeg.subarray(0, scanAt), DAMAGED],
    ["a scan header that is cut off", jpeg.subarray(0, scanAt + 7), DAMAGED],
    ["a segment without a length", Buffer.concat([jpeg.subarray(0, 4), Buffer.of(0, 1), jpeg.subarray(6)]), DAMAGED],
    ["a second start", Buffer.concat([jpeg.subarray(0, 2), jpeg]), DAMAGED],
    ["no frame", withFrame(), NO_SIZE],
    ["two frames", withFrame(frame, frame), DAMAGED],
    ["a frame of no components", withFrame([8, 0, 8, 0, 16, 0]), DAMAGED],
    ["a frame shorter than its components", withFrame([8, 0, 8, 0, 16, 3, 1, 0x11, 0]), DAMAGED],
    ["an empty frame", withFrame([]), DAMAGED],
    ["no width", withFrame([8, 0, 8, 0, 0, 1, 1, 0x11, 0]), NO_SIZE],
    ["no height", withFrame([8, 0, 0, 0, 16, 1, 1, 0x11, 0]), NO_SIZE],
    ["a scan of no components", withScan([0, 0, 63, 0]), DAMAGED],
    ["a scan shorter than its components", withScan([3, 1, 0, 0, 63, 0]), DAMAGED],
  ];
  for (const [name, bytes, reason] of cases) assert.deepEqual(repair(bytes), { reason }, name);
});

test("bytes that are no Buffer are looked at, and passed on, all the same", async () => {
  const original = await libjpegJpeg();
  const bytes = new Uint8Array(original.length + 10);
  bytes.set(original, 5);
  assertUntouched(bytes.subarray(5, -5));
  const stripped = withoutTables(original);
  assert.deepEqual(repaired(new Uint8Array(stripped)), repaired(stripped));
});

/** Asserts for any bytes: no throw, no repair needed afterwards, `rest` unchanged. */
function assertSane(bytes: Uint8Array, rest: Uint8Array): void {
  const found = repair(bytes);
  if ("reason" in found) return;
  assert.equal(found.jpeg === bytes, !found.repaired);
  assert.ok(found.width > 0 && found.height > 0);
  assert.deepEqual(repair(found.jpeg), { ...found, repaired: false });
  assert.ok(Buffer.from(found.jpeg).subarray(-rest.length).equals(rest), "the picture's data are as they were");
}

test("any bytes at all do no harm", () => {
  const anyBytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(anyBytes, (bytes) => assertSane(Buffer.from([0xff, 0xd8, 0xff, ...bytes]), Buffer.alloc(0))));
  const markers = fc.constantFrom(0xff, 0xff, 0xff, 0xd8, 0xd9, 0xda, 0xc0, 0xc4, 0xdb, 0xe0, 0xe1, 0, 0, 1, 2, 3, 8);
  fc.assert(
    fc.property(fc.array(markers, { maxLength: 100 }), (bytes) => {
      assertSane(Buffer.from([0xff, 0xd8, ...bytes]), Buffer.alloc(0));
    }),
    { numRuns: 3000 },
  );
});

test("headers damaged anywhere do no harm, and a repaired JPEG needs no repair", async () => {
  const thumbnail = await libjpegJpeg({ width: 64, height: 48 });
  const original = await libjpegJpeg();
  const withExtra = (jpeg: Buffer, ...extra: Buffer[]) =>
    Buffer.concat([jpeg.subarray(0, 2), ...extra, jpeg.subarray(2)]);
  const exif = (order: "II" | "MM", thumbnailIs: "last" | "in the middle") =>
    exifSegment({ order, orientation: 6, thumbnail, thumbnailIs, makerNote: Buffer.concat([thumbnail, thumbnail]) });
  const jfif = Buffer.concat([Buffer.from("JFIF\0\x01\x02\0\0\x48\0\x48\x02\x02", "latin1"), Buffer.alloc(12, 0xd9)]);
  const pictures = [
    original,
    withoutTables(original),
    withExtra(original, exif("II", "last")),
    withExtra(withoutTables(original), exif("MM", "in the middle"), segment(0xed, thumbnail)),
    withExtra(original, segment(0xe0, jfif), segment(0xe0, Buffer.concat([Buffer.from("JFXX\0\x10"), thumbnail]))),
    withoutTables(await inThreeScans({ selector: 0x11 })),
  ].map((jpeg) => ({ jpeg, rest: headerOf(jpeg).rest }));
  const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.constantFrom(...pictures), damage, ({ jpeg, rest }, changes) => {
      const bytes = Buffer.from(jpeg);
      for (const [place, value] of changes) bytes[Math.floor(place * (bytes.length - rest.length - 1))] = value;
      assertSane(bytes, rest);
    }),
    { numRuns: 10_000 },
  );
});

test("a header of millions of segments, or of their fill bytes, is refused and not gone through", () => {
  const jpeg = tinyJpeg();
  const empty = Buffer.of(0xff, 0xfe, 0, 2);
  const withPieces = (piece: Buffer, count: number) =>
    Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(piece.length * count, piece), jpeg.subarray(2)]);
  for (const piece of [empty, Buffer.of(0xff), Buffer.of(0xff, 0x01)]) {
    assert.ok(!("reason" in repair(withPieces(piece, 1000))));
    assert.deepEqual(repair(withPieces(piece, 4_000_000)), { reason: "A frame's header is damaged" });
  }
});
