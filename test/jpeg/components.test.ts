import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { withComponents } from "../../src/jpeg/components.ts";
import type { FrameLayout } from "../../src/jpeg/read-header.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { layoutOf } from "../support/images/layouts.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

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

for (const [format, components] of Object.entries(SAMPLINGS).filter(([format]) => format !== "gray")) {
  for (const [width, height] of [
    [64, 48],
    [67, 35],
    [1, 1],
  ] as const) {
    test(`a gray picture of ${width} × ${height} is given the components of ${format}, and looks as before`, {
      skip: needs("ffmpeg"),
    }, async (t) => {
      const layout: FrameLayout = { width, height, components };
      const raw = Buffer.from(Array.from({ length: width * height }, (_, index) => (index * 7) % 256));
      const image = sharp(raw, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
      const gray = await image.jpeg({ quality: 95 }).toBuffer();
      const picture = withComponents(gray, layout);
      assert.deepEqual(layoutOf(picture), layout);

      // By two decoders that share nothing: libjpeg and ffmpeg's own.
      const expected = await sharp(gray).toColourspace("srgb").raw().toBuffer();
      const seen = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([seen.info.width, seen.info.height, seen.info.channels], [width, height, 3]);
      assert.deepEqual(seen.data, expected);
      const path = join(temporaryFolder(t), "picture.jpg");
      writeFileSync(path, picture);
      const probe = ["-v", "error", "-show_entries", "stream=pix_fmt,width,height", "-of", "csv=p=0", path];
      assert.equal(execFileSync("ffprobe", probe).toString().trim(), `${width},${height},${format}`);
      const decode = ["-v", "error", "-i", path, "-pix_fmt", format, "-f", "rawvideo", "-"];
      const planes = execFileSync("ffmpeg", decode, { stdio: ["ignore", "pipe", "pipe"] });
      assert.ok(
        planes.subarray(width * height).every((value) => value === 128),
        "its colors are gray",
      );
    });
  }
}

test("the last byte of a color's data is filled up with ones", async () => {
  const pixel = sharp(Buffer.of(99), { raw: { width: 1, height: 1, channels: 1 } }).toColourspace("b-w");
  const picture = withComponents(await pixel.jpeg().toBuffer(), { width: 1, height: 1, components: [ONE, ONE, ONE] });
  assert.deepEqual([...picture.subarray(-3)], [0b00111111, 0xff, 0xd9]);
});

test("colors are given to a gray picture only, and below its own sampling", async () => {
  const color = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#a03060" } })
    .jpeg()
    .toBuffer();
  const layout = { width: 8, height: 8, components: SAMPLINGS.yuvj422p };
  assert.throws(() => withComponents(color, layout), TypeError);
  const odd = { width: 8, height: 8, components: [ONE, { h: 2, v: 1 }, ONE] };
  assert.throws(() => withComponents(tinyJpeg({ width: 8, height: 8 }), odd), TypeError);
});
