import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { repair } from "../../src/jpeg/repair.ts";
import { inTime } from "../support/fuzz.ts";
import { fullExif } from "../support/images/bombs.ts";
import { libjpegJpeg, pixelsOf } from "../support/images/encoded-jpegs.ts";
import { type ExifOptions, exifSegment } from "../support/images/exif.ts";
import { headerOf, segment, tinyJpeg, withoutTables } from "../support/images/jpegs.ts";
import { needs } from "../support/tools.ts";

const skip = needs("ffmpeg");

const START = Buffer.of(0xff, 0xd8);
const END = Buffer.of(0xff, 0xd9);
const ORDERS = ["II", "MM"] as const;

let picture: Buffer;
let thumbnail: Buffer;
before(async () => {
  picture = await libjpegJpeg();
  thumbnail = await libjpegJpeg({ width: 160, height: 120 });
});

/** The picture with these segments at its start. */
const withSegments = (...segments: Buffer[]) => Buffer.concat([START, ...segments, picture.subarray(2)]);

/** Repairs a JPEG and asserts that it was changed. */
function mended(jpeg: Buffer): Buffer {
  const found = repair(jpeg);
  assert.ok("jpeg" in found && found.repaired, "it is repaired");
  assert.deepEqual(repair(found.jpeg), { ...found, repaired: false }, "once and for all");
  return Buffer.from(found.jpeg);
}

function assertUntouched(jpeg: Buffer, message?: string): void {
  const found = repair(jpeg);
  assert.ok("jpeg" in found, message);
  assert.equal(found.jpeg, jpeg, message);
}

/**
 * Asserts that nothing in the picture looks like its start or its end but those: where naive
 * programs cut, it is whole.
 */
function assertOnePicture(jpeg: Buffer, message: string): void {
  assert.equal(jpeg.lastIndexOf(START), 0, message);
  assert.equal(jpeg.indexOf(END), jpeg.length - 2, message);
}

/** What ffprobe reads of a picture's EXIF. */
function tagsOf(jpeg: Buffer): Record<string, string> {
  const args = ["-v", "error", "-f", "mjpeg", "-show_entries", "frame_tags", "-of", "json", "-i", "pipe:0"];
  return JSON.parse(execFileSync("ffprobe", args, { input: jpeg, encoding: "utf8" })).frames[0].tags ?? {};
}

const orientationOf = async (jpeg: Buffer) => (await sharp(jpeg).metadata()).orientation;

/** The first EXIF segment of a picture. */
const exifOf = (jpeg: Buffer) => headerOf(jpeg).segments.find(({ code }) => code === 0xe1)?.bytes;

test("an EXIF thumbnail goes; orientation, date, position and maker note stay, in either byte order", {
  skip,
}, async () => {
  const makerNote = Buffer.from("what only the maker understands");
  for (const order of ORDERS) {
    for (const thumbnailIs of ["last", "in the middle"] as const) {
      const name = `${order}, ${thumbnailIs}`;
      const options: ExifOptions = { order, orientation: 6, makerNote, thumbnailIs };
      const jpeg = withSegments(exifSegment({ ...options, thumbnail }));
      const without = mended(jpeg);
      assertOnePicture(without, name);
      assert.deepEqual(tagsOf(without), tagsOf(jpeg), name);
      assert.equal(Object.keys(tagsOf(without)).length, 7, name);
      assert.equal(await orientationOf(without), 6, name);
      assert.ok((await pixelsOf(without)).equals(await pixelsOf(picture)), name);
      // Where it was the tail, what is left is what would have been written without it.
      if (thumbnailIs === "last") assert.deepEqual(without, withSegments(exifSegment(options)), name);
      else assert.equal(without.length, jpeg.length, name);
    }
  }
});

test("a thumbnail of pixels goes too", { skip }, () => {
  const pixels = Buffer.alloc(30 * 20 * 3, Buffer.of(0xff, 0xd9, 0x80));
  for (const order of ORDERS) {
    const without = mended(withSegments(exifSegment({ order, orientation: 3, pixels })));
    assertOnePicture(without, order);
    assert.deepEqual(without, withSegments(exifSegment({ order, orientation: 3 })));
  }
});

test("a resolution that both directories share stays", { skip }, () => {
  for (const thumbnailIs of ["last", "in the middle"] as const) {
    const options: ExifOptions = { order: "II", orientation: 8, thumbnailIs };
    const without = mended(withSegments(exifSegment({ ...options, thumbnail, sharesResolution: true })));
    assertOnePicture(without, thumbnailIs);
    assert.deepEqual(tagsOf(without), tagsOf(withSegments(exifSegment(options))), thumbnailIs);
  }
});

test("padding behind the thumbnail goes with it; what may be somebody's stays", () => {
  const options: ExifOptions = { order: "MM", orientation: 6 };
  const padded = withSegments(exifSegment({ ...options, thumbnail, padding: Buffer.alloc(3000) }));
  assert.deepEqual(mended(padded), withSegments(exifSegment(options)));
  const other = withSegments(exifSegment({ ...options, thumbnail, padding: Buffer.from("somebody's") }));
  const without = mended(other);
  assertOnePicture(without, "with something behind it");
  assert.equal(without.length, other.length);
  assert.ok(without.includes("somebody's"));
});

test("a preview within the maker's note becomes zeros, and the note's other bytes stay", { skip }, () => {
  const [head, tail] = [Buffer.from("before "), Buffer.from(" after")];
  const note = (inner: Buffer) => Buffer.concat([head, inner, tail, inner, tail]);
  for (const order of ORDERS) {
    const options: ExifOptions = { order, orientation: 6 };
    const without = mended(withSegments(exifSegment({ ...options, thumbnail, makerNote: note(thumbnail) })));
    const expected = withSegments(exifSegment({ ...options, makerNote: note(Buffer.alloc(thumbnail.length)) }));
    assert.deepEqual(without, expected);
    assertOnePicture(without, order);
  }
});

test("a thumbnail that is no whole JPEG goes as its directory says", () => {
  for (const broken of [thumbnail.subarray(0, 200), Buffer.concat([START, Buffer.of(0xff, 1, 2, 3)])]) {
    const without = mended(withSegments(exifSegment({ order: "II", orientation: 6, thumbnail: broken })));
    assert.deepEqual(without, withSegments(exifSegment({ order: "II", orientation: 6 })));
  }
});

test("where a JPEG cannot be told from the rest, the orientation alone is kept, and without one nothing", async () => {
  const half = thumbnail.subarray(0, 200);
  const makerNote = Buffer.concat([Buffer.from("note"), half]);
  for (const order of ORDERS) {
    const without = mended(withSegments(exifSegment({ order, orientation: 6, makerNote })));
    assertOnePicture(without, order);
    assert.equal(exifOf(without)?.length, 4 + 6 + 8 + 18);
    assert.equal(await orientationOf(without), 6);
    for (const orientation of [1, 0, 9]) {
      assert.deepEqual(mended(withSegments(exifSegment({ order, orientation, makerNote }))), picture);
    }
    assert.deepEqual(mended(withSegments(exifSegment({ order, makerNote }))), picture);
  }
});

test("EXIF that cannot be read is left alone, unless there is a JPEG in it", () => {
  const exif = (...rest: Buffer[]) => segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), ...rest]));
  const damaged = [
    Buffer.alloc(0),
    Buffer.from("II"),
    Buffer.from("II*\0"),
    Buffer.from("II*\0\xff\xff\xff\xff", "latin1"),
    Buffer.from("II*\0\x08\0\0\0", "latin1"),
    Buffer.from("II*\0\x08\0\0\0\xff\xff\0\0\0\0", "latin1"),
    Buffer.from("IM*\0\x08\0\0\0\0\0\0\0\0\0", "latin1"),
    Buffer.from("MM\0\x2b\0\0\0\x08\0\0\0\0\0\0", "latin1"),
    Buffer.from("MM\0*\0\0\0\x07\0\0\0\0\0\0", "latin1"),
  ];
  for (const tiff of damaged) {
    assertUntouched(withSegments(exif(tiff)), tiff.toString("hex"));
    assert.deepEqual(mended(withSegments(exif(tiff, thumbnail))), picture, tiff.toString("hex"));
  }
});

test("EXIF without a thumbnail is left alone", async () => {
  for (const order of ORDERS) {
    assertUntouched(withSegments(exifSegment({ order, orientation: 6, makerNote: Buffer.alloc(5000, 0xff) })));
  }
  const libexif = await sharp(picture)
    .withExif({ IFD0: { Make: "Stillstream" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  assert.equal(await orientationOf(libexif), 6);
  assertUntouched(libexif);
});

test("a directory that places the thumbnail where something else stands does not spoil that", { skip }, () => {
  // A field of one LONG: the place of the thumbnail, or its length.
  const field = (tag: number) => Buffer.of(tag & 0xff, tag >> 8, 4, 0, 1, 0, 0, 0);
  const exif = exifSegment({ order: "II", orientation: 6, thumbnail });
  const expected = tagsOf(withSegments(exif));
  for (const [place, length] of [
    [0, 300],
    [8, 12],
    [60, 20],
    [0xffff_ffff, 1],
  ] as const) {
    const wrong = Buffer.from(exif);
    wrong.writeUInt32LE(place, wrong.indexOf(field(0x0201)) + 8);
    wrong.writeUInt32LE(length, wrong.indexOf(field(0x0202)) + 8);
    const without = mended(withSegments(wrong));
    assertOnePicture(without, `at ${place}`);
    assert.deepEqual(tagsOf(without), expected, `at ${place}`);
  }
});

test("directories in a circle are gone through once, and one of too many entries is none", () => {
  const exif = (...rest: Buffer[]) => segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0II*\0\x08\0\0\0"), ...rest]));
  const ownSubdirectory = Buffer.from("4a0104000100000008000000", "hex");
  const circle = Buffer.concat([Buffer.of(1, 0), ownSubdirectory, Buffer.of(8, 0, 0, 0)]);
  assertUntouched(withSegments(exif(circle)));
  const without = mended(withSegments(exif(circle, thumbnail)));
  assert.deepEqual(without, withSegments(exif(circle.subarray(0, -4), Buffer.alloc(4))));
  const crowd = (count: number) =>
    exif(Buffer.of(count & 0xff, count >> 8), Buffer.alloc(12 * count + 4), Buffer.from("not nothing"), thumbnail);
  assert.notDeepEqual(mended(withSegments(crowd(512))), picture);
  assert.deepEqual(mended(withSegments(crowd(513))), picture);
});

test("a JFIF extension, which is a thumbnail, goes; a JFIF thumbnail goes, and the rest of JFIF stays", () => {
  const jfif = Buffer.from("JFIF\0\x01\x02\x01\0\x48\0\x48\0\0", "latin1");
  const withThumbnail = Buffer.concat([jfif.subarray(0, 12), Buffer.of(9, 5), Buffer.alloc(3 * 45, END)]);
  const jfxx = (coding: number, data: Buffer) =>
    segment(0xe0, Buffer.concat([Buffer.from("JFXX\0"), Buffer.of(coding), data]));
  const plain = withSegments(segment(0xe0, jfif));
  assertUntouched(plain);
  assert.deepEqual(mended(withSegments(segment(0xe0, withThumbnail))), plain);
  assert.deepEqual(mended(withSegments(segment(0xe0, Buffer.concat([jfif, thumbnail])))), plain);
  const extensions = [jfxx(0x10, thumbnail), jfxx(0x11, Buffer.alloc(800, END)), jfxx(0x13, Buffer.alloc(50, END))];
  for (const extension of extensions) {
    assert.deepEqual(mended(withSegments(segment(0xe0, jfif), extension)), plain);
  }
});

test("any other application's segment, or comment, with a JPEG in it goes; without one it stays", async () => {
  for (const code of [0xe0, 0xe1, 0xe2, 0xed, 0xef, 0xfe]) {
    const other = segment(code, Buffer.from("Some application's data, of which nothing is known"));
    assertUntouched(withSegments(other), code.toString(16));
    const preview = segment(code, Buffer.concat([Buffer.from("Preview\0"), thumbnail]));
    assert.deepEqual(mended(withSegments(other, preview, other)), withSegments(other, other), code.toString(16));
  }
  const withProfile = await sharp(picture).withIccProfile("p3").jpeg().toBuffer();
  assert.ok(headerOf(withProfile).segments.some(({ code }) => code === 0xe2));
  assertUntouched(withProfile);
});

test("AVI1, with which UVC cameras mark pictures without tables, stays while they are inserted", async () => {
  const avi1 = segment(0xe0, Buffer.from("AVI1\0\0\0\0\0\0\0\0\0\0", "latin1"));
  const camera = withoutTables(withSegments(avi1, exifSegment({ order: "II", orientation: 3, thumbnail })));
  const jpeg = mended(camera);
  const codes = headerOf(jpeg).segments.map(({ code }) => code);
  assert.deepEqual(codes.slice(0, 2), [0xe0, 0xe1]);
  assert.equal(codes.at(-1), 0xc4);
  assertOnePicture(jpeg, "AVI1");
  assert.ok((await pixelsOf(jpeg)).equals(await pixelsOf(picture)));
});

test("EXIF of any bytes, in a frame that leads somewhere, does no harm", () => {
  const tags = fc.constantFrom(0x0111, 0x0117, 0x0201, 0x0202, 0x0112, 0x8769, 0x8825, 0x014a, 0x927c);
  const entry = fc.tuple(tags, fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 40 }), fc.nat(300));
  const directory = fc.tuple(fc.array(entry, { maxLength: 4 }), fc.nat(300));
  const innards = fc.oneof(directory, fc.constantFrom("jpeg", "half a jpeg"));
  fc.assert(
    fc.property(fc.boolean(), fc.array(innards, { minLength: 1, maxLength: 6 }), (isLittleEndian, parts) => {
      const number = (value: number, size: number) => {
        const bytes = Buffer.alloc(size);
        if (isLittleEndian) bytes.writeUIntLE(value, 0, size);
        else bytes.writeUIntBE(value, 0, size);
        return bytes;
      };
      const small = Buffer.concat([START, segment(0xda, [1, 2]), Buffer.of(1, 2, 3), END]);
      const pieces = parts.flatMap((part) => {
        if (part === "jpeg") return [small];
        if (typeof part === "string") return [small.subarray(0, -2)];
        const [entries, next] = part;
        const fields = entries.flatMap(([tag, type, count, value]) => [
          ...[number(tag, 2), number(type, 2), number(count, 4), number(value, 4)],
        ]);
        return [number(entries.length, 2), ...fields, number(next, 4)];
      });
      const tiff = Buffer.concat([Buffer.from(isLittleEndian ? "II" : "MM"), number(42, 2), number(8, 4), ...pieces]);
      const jpeg = withSegments(segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), tiff])));
      const found = repair(jpeg);
      assert.ok("jpeg" in found);
      assert.deepEqual(repair(found.jpeg), { ...found, repaired: false });
      const rest = headerOf(picture).rest;
      assert.ok(Buffer.from(found.jpeg).subarray(-rest.length).equals(rest));
      assert.equal(Buffer.from(found.jpeg).lastIndexOf(Buffer.of(0xff, 0xd8, 0xff)), 0);
    }),
    { numRuns: 3000 },
  );
});

test("EXIF full of references and JPEGs, again and again, is gone through in a moment", () => {
  const jpeg = tinyJpeg({ extra: Array<Buffer>(60).fill(fullExif()) });
  const picture = inTime(() => repair(jpeg));
  assert.ok(!("reason" in picture));
  assert.ok(
    !Buffer.from(picture.jpeg)
      .subarray(2)
      .includes(Buffer.of(0xff, 0xd8, 0xff)),
    "none of the JPEGs is left",
  );
});
