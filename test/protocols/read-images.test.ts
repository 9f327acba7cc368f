import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { MAX_FRAME_BYTES } from "../../src/jpeg/split.ts";
import { ReadImageError, readImage } from "../../src/protocols/read-image.ts";
import { type ReadImagesOptions, readImages } from "../../src/protocols/read-images.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";
import { sizeOf } from "../support/images/layouts.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** What comes out of a body that arrives in pieces of a size, and what was skipped. */
async function read(body: Uint8Array, size = 65_536, options: Partial<ReadImagesOptions> = {}) {
  const [pictures, skipped]: [Buffer[], string[]] = [[], []];
  for await (const picture of readImages(pieces(body, size), {
    onSkip: (reason) => skipped.push(reason),
    ...options,
  })) {
    pictures.push(Buffer.from(picture));
  }
  return { pictures, skipped };
}

const JPEGS = ["one", "two", "three"].map((label) => tinyJpeg({ label }));

const BODIES: Record<string, Buffer> = {
  "JPEGs end to end": Buffer.concat(JPEGS),
  "a multipart body with lengths": Buffer.concat(
    JPEGS.map((jpeg) =>
      Buffer.concat([
        Buffer.from(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
        jpeg,
        Buffer.from("\r\n"),
      ]),
    ),
  ),
  "a multipart body without lengths, its lines ending in LF": Buffer.concat(
    JPEGS.flatMap((jpeg) => [Buffer.from("\n--b\nContent-type: image/jpeg\n\n"), jpeg]),
  ),
  "a form with files": Buffer.concat([
    ...JPEGS.flatMap((jpeg, index) => [
      Buffer.from(
        `--RandomNerd\r\nContent-Disposition: form-data; name="imageFile"; filename="${index}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`,
      ),
      jpeg,
      Buffer.from("\r\n"),
    ]),
    Buffer.from("--RandomNerd--\r\n"),
  ]),
};

for (const [what, body] of Object.entries(BODIES)) {
  test(`${what} gives each picture, however it is cut`, async () => {
    for (const size of [1, 2, 3, 11, 12, 13, 100, 65_536]) {
      assert.deepEqual((await read(body, size)).pictures, JPEGS, `in pieces of ${size}`);
    }
  });
}

test("a picture is passed on at its last byte, before anything follows", async () => {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = JPEGS;
  let isSecondAsked = false;
  async function* body(): AsyncGenerator<Uint8Array, void> {
    yield first;
    isSecondAsked = true;
    yield second;
  }
  for await (const picture of readImages(body(), { onSkip: () => {} })) {
    assert.deepEqual(Buffer.from(picture), first);
    assert.equal(isSecondAsked, false);
    break;
  }
});

test("what is not whole is told and passed over, and what comes after it is not lost", async () => {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = JPEGS;
  const half = heavyJpeg(1000).subarray(0, 500);
  const { pictures, skipped } = await read(Buffer.concat([first, half, second]));
  assert.deepEqual(pictures, [first, second]);
  assert.deepEqual(skipped, ["A frame is incomplete"]);
  assert.deepEqual((await read(half.subarray(0, 20))).pictures, []);
  assert.deepEqual((await read(Buffer.alloc(0))).pictures, []);
});

const FORMATS = {
  png: (image: Sharp) => image.png(),
  webp: (image: Sharp) => image.webp(),
  gif: (image: Sharp) => image.gif(),
  tiff: (image: Sharp) => image.tiff(),
  avif: (image: Sharp) => image.avif({ effort: 0 }),
};

for (const [format, encode] of Object.entries(FORMATS)) {
  test(`a picture in ${format} becomes a JPEG, whatever its type says, however it is cut`, async () => {
    const plain = sharp({ create: { width: 40, height: 20, channels: 3, background: "#3070b0" } });
    const body = await encode(plain).toBuffer();
    for (const size of [1, 7, 65_536]) {
      const { pictures } = await read(body, size);
      assert.equal(pictures.length, 1);
      assert.deepEqual(sizeOf(pictures[0] as Buffer), { width: 40, height: 20 });
    }
  });
}

/** Returns a JPEG of `size` bytes, made faster than one with stuffed data. */
function largeJpeg(size: number): Buffer {
  const jpeg = tinyJpeg();
  return Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(size - jpeg.length, 0x5a), jpeg.subarray(-2)]);
}

/** The header of a PNG, and the beginning of its data. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.from("IHDR\0\0\0\0\0\0\0\0\x08\x02\0\0\0", "latin1");
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(header));
  const start = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\x0d", "latin1");
  return Buffer.concat([start, header, sum, Buffer.from("\0\0\x10\0IDAT", "latin1"), Buffer.alloc(200)]);
}

/** What a body is refused with. */
async function refusal(body: Uint8Array, options: Partial<ReadImagesOptions> = {}): Promise<[string, string]> {
  try {
    const { pictures } = await read(body, 65_536, options);
    throw new Error(`It gave ${pictures.length} pictures`);
  } catch (error) {
    assert.ok(error instanceof ReadImageError, String(error));
    return [error.kind, error.message];
  }
}

test("what cannot be read is refused with the reason", async () => {
  const png = await sharp({ create: { width: 400, height: 200, channels: 3, background: "#3070b0" } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const [kind, message] = await refusal(png.subarray(0, 50_000));
  assert.equal(kind, "damaged");
  assert.match(message, /^The image cannot be read: [^\n]+[^.]\.$/);
  const unknown = "The image has an unknown format. Send a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF.";
  assert.deepEqual(await refusal(Buffer.from("BM, no bitmap of Windows"), { isOther: true }), ["format", unknown]);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>');
  assert.deepEqual(await refusal(svg, { isOther: true }), ["format", unknown]);
});

test("more bytes than a picture may have are refused, as one or without any", async () => {
  const tooMuch = ["large", "The image is over 16 MB. Send a smaller one."];
  const limit = MAX_FRAME_BYTES;
  assert.deepEqual(await refusal(largeJpeg(limit + 70_000)), tooMuch);
  assert.deepEqual(await refusal(Buffer.alloc(limit + 70_000, "garbage")), tooMuch);
  assert.deepEqual(await refusal(Buffer.concat([Buffer.from("\x89PNG", "latin1"), Buffer.alloc(limit)])), tooMuch);
  const most = largeJpeg(limit - 100);
  assert.equal((await read(Buffer.concat([Buffer.alloc(500), most, Buffer.alloc(500), most]))).pictures.length, 2);
});

test("a small file that claims a huge picture is refused by its header, and not decoded", async () => {
  const bomb = pngOf(16_383, 16_383);
  await assert.rejects(readImage(bomb), {
    kind: "large",
    message:
      "The image cannot be read: its 16383×16383 pixels take 768 MB, more than --max-image-memory allows (200 MB).",
  });
});

test("a single JPEG must be whole except for its end marker, and is cut after that", async () => {
  const jpeg = tinyJpeg({ label: "alone" });
  assert.deepEqual(Buffer.from(await readImage(Buffer.concat([jpeg, Buffer.from("padding")]))), jpeg);
  assert.deepEqual(Buffer.from(await readImage(jpeg.subarray(0, -1))), jpeg);
  await assert.rejects(readImage(jpeg.subarray(0, 20)), { kind: "damaged" });
  await assert.rejects(readImage(Buffer.from("hello")), { kind: "format" });
  await assert.rejects(readImage(new Uint8Array()), { kind: "format" });
});
