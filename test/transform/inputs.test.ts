import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { Transformer } from "../../src/transform/transformer.ts";
import { manyScans } from "../support/images/bombs.ts";
import { cmykJpeg } from "../support/images/cmyk.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { decode, difference, sceneImage } from "../support/images/pixels.ts";

const scene = await sceneImage(320, 180);

async function make(jpeg: Buffer, spec = { width: 160, rotate: 90 as const }): Promise<Buffer> {
  const transformer = new Transformer(spec);
  const plan = transformer.plan(jpeg);
  return plan === undefined ? jpeg : await transformer.run(jpeg, plan);
}

/** Position of the first segment with this marker. */
function segmentAt(jpeg: Buffer, ...codes: number[]): number {
  let position = 2;
  while (!codes.includes(jpeg[position + 1] as number)) position += 2 + jpeg.readUInt16BE(position + 2);
  return position;
}

/** The scene with a frame header that says another size. */
function withSize(width: number, height: number): Buffer {
  const jpeg = Buffer.from(scene);
  const position = segmentAt(jpeg, 0xc0, 0xc2);
  jpeg.writeUInt16BE(height, position + 5);
  jpeg.writeUInt16BE(width, position + 7);
  return jpeg;
}

const expected = await decode(await make(scene));

for (const [name, jpeg] of [
  ["progressive", await sharp(scene).jpeg({ quality: 90, progressive: true }).toBuffer()],
  ["4:4:4", await sharp(scene).jpeg({ quality: 90, chromaSubsampling: "4:4:4" }).toBuffer()],
  ["4:2:2, as webcams send", ffmpegJpeg("yuvj422p")],
  ["4:1:1", ffmpegJpeg("yuvj411p")],
  ["CMYK", await sharp(scene).toColourspace("cmyk").jpeg({ quality: 90 }).toBuffer()],
  ["with restart markers, as hardware encoders write", ffmpegJpeg("yuvj420p", "-slices", "4")],
  ["with an ICC profile", await sharp(scene).withIccProfile("srgb").jpeg({ quality: 90 }).toBuffer()],
  ["without Huffman tables, as older webcams send", await withoutHuffmanTables()],
  [
    "with bytes before its end, as some webcams send",
    Buffer.concat([scene.subarray(0, -2), Buffer.of(1, 2, 3), scene.subarray(-2)]),
  ],
  ["with bytes behind its end", Buffer.concat([scene, Buffer.alloc(500)])],
] as const) {
  test(`a picture, ${name}, is read like any other`, async () => {
    const { mean } = difference(await decode(await make(jpeg)), expected);
    // CMYK has fewer colors, and lower sampling of colors blurs edges.
    assert.ok(mean < (name === "CMYK" ? 12 : 3), `${mean}`);
  });
}

/** The scene as ffmpeg encodes it: sharp cannot write all that cameras do. */
function ffmpegJpeg(format: string, ...options: string[]): Buffer {
  const args = ["-v", "error", "-f", "mjpeg", "-i", "-", "-pix_fmt", format, "-q:v", "2", ...options];
  const { stdout, stderr } = spawnSync("ffmpeg", [...args, "-strict", "-1", "-f", "mjpeg", "-"], { input: scene });
  assert.ok(stdout.length > 1000, stderr.toString());
  return stdout;
}

async function withoutHuffmanTables(): Promise<Buffer> {
  const jpeg = await sharp(scene).jpeg({ quality: 90, optimiseCoding: false }).toBuffer();
  const kept = [jpeg.subarray(0, 2)];
  let position = 2;
  while (jpeg[position + 1] !== 0xda) {
    const end = position + 2 + jpeg.readUInt16BE(position + 2);
    if (jpeg[position + 1] !== 0xc4) kept.push(jpeg.subarray(position, end));
    position = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(position)]);
}

test("CMYK as Adobe writes it, negative, and YCCK come out in the same colors, close to those of the scene", async () => {
  const cmyk = await decode(await make(await cmykJpeg(scene, "CMYK")));
  const ycck = await decode(await make(await cmykJpeg(scene, "YCCK")));
  assert.ok(difference(ycck, cmyk).mean < 2);
  // Inks are no lights: of the wrong sign it would be over 100.
  const { mean } = difference(cmyk, expected);
  assert.ok(mean < 25, `${mean}`);
  const transformer = new Transformer({ overlay: [{ kind: "name" }], quality: 90 }, () => "Gate");
  const picture = await cmykJpeg(scene, "YCCK");
  const plan = transformer.plan(picture);
  assert.ok(plan !== undefined);
  const written = await decode(await transformer.run(picture, plan));
  const upright = await decode(scene);
  assert.ok(difference(written, upright).mean < 25);
});

test("a gray picture is read too", async () => {
  const gray = await sharp(scene).toColourspace("b-w").jpeg({ quality: 90 }).toBuffer();
  const byHand = await decode(
    await sharp(await make(scene))
      .grayscale()
      .jpeg({ quality: 90 })
      .toBuffer(),
  );
  assert.ok(difference(await decode(await make(gray)), byHand).mean < 2);
});

test("a picture that is damaged inside comes out as browsers show it, the rest of it whole", async () => {
  const damaged = Buffer.from(scene);
  for (let at = damaged.length * 0.75; at < damaged.length - 50; at += 40) damaged[Math.floor(at)] = 0x55;
  const made = await decode(await make(damaged, { width: 160, rotate: 90 }));
  // Turned, the upper half of the picture is the right one.
  const rightHalf = (pixels: typeof made) => {
    const rows = Array.from({ length: pixels.height }, (_, row) => {
      return pixels.data.subarray((row + 0.6) * pixels.width * 3, (row + 1) * pixels.width * 3);
    });
    return { ...pixels, data: Buffer.concat(rows) };
  };
  assert.ok(difference(rightHalf(made), rightHalf(expected)).mean < 3);
});

for (const [name, jpeg, reason] of [
  ["half of one", scene.subarray(0, scene.length / 2), /^The frame cannot be read: .*premature end/],
  ["without its end", scene.subarray(0, -2), /^The frame cannot be read: .*premature end/],
  ["empty", Buffer.alloc(0), /^The frame cannot be read: it has no frame header with a size$/],
  [
    "another format",
    await sharp(scene).png().toBuffer(),
    /^The frame cannot be read: it has no frame header with a size$/,
  ],
  [
    "30000×30000 pixels, by its header",
    withSize(30_000, 30_000),
    /^The frame is not decoded: its 30000×30000 pixels take 2575 MB, more than --max-image-memory allows \(200 MB\)$/,
  ],
  [
    "65535×65535 pixels, by its header",
    withSize(65_535, 65_535),
    /^The frame is not decoded: its 65535×65535 pixels take 12288 MB, more than --max-image-memory allows \(200 MB\)$/,
  ],
  ["0 pixels wide", withSize(0, 180), /^The frame cannot be read: it has no frame header with a size$/],
  ["without a height", withSize(320, 0), /^The frame cannot be read: it has no frame header with a size$/],
  ["right by its markers and nothing else", tinyJpeg(), /^The frame cannot be read: /],
] as const) {
  test(`what is ${name} is refused in one sentence`, async () => {
    await assert.rejects(make(Buffer.from(jpeg)), (error: Error) => {
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test("a header that says more pixels than there are, within the limit, makes no more memory than they take", async () => {
  const before = process.memoryUsage().rss;
  const made = await make(withSize(8000, 8000), { width: 160, rotate: 90 });
  assert.ok((await decode(made)).height === 160);
  assert.ok(process.memoryUsage().rss - before < 400e6);
});

test("any byte of a picture may be wrong, and any part of it missing: it is read or refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(scene.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(scene.length),
      fc.nat(2000),
      async (changes, at, gap) => {
        const broken = Buffer.from(scene);
        for (const [position, byte] of changes) broken[position] = byte;
        const parts = Buffer.concat([broken.subarray(0, at), broken.subarray(at + gap)]);
        await make(parts).then(
          (made) => assert.ok(made.length > 0),
          (error: unknown) => assert.ok(error instanceof Error && !error.message.includes("\n"), String(error)),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test("a picture of thousands of scans holds up no encode", async () => {
  // 12 s of a thread that nothing interrupts, where they were decoded (measured 2026-11-29).
  const transformer = new Transformer({ width: 320 });
  assert.throws(() => transformer.plan(manyScans(5000, 2600)), {
    message: "The frame is not decoded: it has more than 100 scans",
  });
  // Nothing of it is decoded where nothing is changed.
  assert.equal(new Transformer({ width: 9999 }).plan(manyScans(5000, 2600)), undefined);
  const most = manyScans(640, 100);
  const plan = transformer.plan(most);
  assert.ok(plan !== undefined);
  assert.ok((await transformer.run(most, plan)).length > 0);
});
