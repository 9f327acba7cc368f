import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { decodeProblem, MAX_SCANS } from "../../../src/jpeg/convert/decode-cost.ts";
import { manyScans } from "../../support/images/bombs.ts";

const scene = sharp({ create: { width: 64, height: 64, channels: 3, background: "teal" } });

/** The same JPEG with another size in its header. */
function withSize(jpeg: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(jpeg);
  const at = Math.max(jpeg.indexOf(Buffer.of(0xff, 0xc0)), jpeg.indexOf(Buffer.of(0xff, 0xc2)));
  changed.writeUInt16BE(height, at + 5);
  changed.writeUInt16BE(width, at + 7);
  return changed;
}

test("a JPEG that takes more memory than allowed is refused by its header, as it is coded", async () => {
  const baseline = await scene.clone().jpeg().toBuffer();
  const half = await scene.clone().jpeg({ progressive: true }).toBuffer();
  const full = await scene.clone().jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer();
  const gray = await scene.clone().toColourspace("b-w").jpeg().toBuffer();
  for (const jpeg of [baseline, half, full, gray]) assert.equal(decodeProblem(jpeg), undefined);
  // The largest sensor of a small computer, baseline and progressive.
  assert.equal(decodeProblem(withSize(baseline, 9152, 6944)), undefined);
  assert.equal(decodeProblem(withSize(half, 9152, 6944)), undefined);
  assert.equal(decodeProblem(withSize(gray, 14_000, 14_000)), undefined);
  const words = (size: string, megabytes: number) =>
    `its ${size} pixels take ${megabytes} MB, more than --max-image-memory allows (200 MB)`;
  // All coefficients of a progressive picture are kept, two bytes each.
  assert.equal(decodeProblem(withSize(full, 9152, 6944)), words("9152×6944", 364));
  assert.equal(decodeProblem(withSize(baseline, 65_535, 65_535)), words("65535×65535", 12_288));
  assert.equal(decodeProblem(withSize(gray, 65_535, 65_535)), words("65535×65535", 4096));
});

test("a JPEG of more than a hundred scans is refused", () => {
  assert.equal(decodeProblem(manyScans(64, MAX_SCANS)), undefined);
  assert.equal(decodeProblem(manyScans(64, MAX_SCANS + 1)), "it has more than 100 scans");
});

test("a size behind markers without a length is not the one that counts", async () => {
  const jpeg = await scene.clone().jpeg().toBuffer();
  const huge = withSize(jpeg, 65_535, 65_535);
  const fake = jpeg.subarray(jpeg.indexOf(Buffer.of(0xff, 0xc0)), jpeg.indexOf(Buffer.of(0xff, 0xc0)) + 19);
  const comment = Buffer.concat([Buffer.of(0xff, 0xfe, 0, 2 + 8 + fake.length), Buffer.alloc(8), fake]);
  // To one who takes the marker FF 01 to have a length, that is the two bytes behind it.
  const trick = Buffer.concat([huge.subarray(0, 2), Buffer.of(0xff, 0x01), comment, huge.subarray(2)]);
  assert.match(decodeProblem(trick) ?? "", /^its 65535×65535 pixels/);
});

test("what has no frame header is refused, whatever it is", () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.of(0xff, 0xd8),
    Buffer.of(0xff, 0xd8, 0xff, 0xd9),
    Buffer.alloc(1000, 0xff),
  ]) {
    assert.equal(decodeProblem(bytes), "it has no frame header");
  }
});
