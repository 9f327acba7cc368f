import assert from "node:assert/strict";
import { test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { readHeader } from "../../src/jpeg/read-header.ts";
import type { VariantSpec } from "../../src/transform/transform-spec.ts";
import { Transformer } from "../../src/transform/transformer.ts";
import { decode, difference, noiseImage, type Pixels, rearranged, sceneImage } from "../support/images/pixels.ts";

/** Odd, so that a rounding the wrong way shows. */
const [WIDTH, HEIGHT] = [61, 38];

/** What a spec makes of a picture; the picture itself if it changes nothing. */
async function make(spec: VariantSpec, jpeg: Buffer): Promise<Buffer> {
  const transformer = new Transformer(spec);
  const plan = transformer.plan(jpeg);
  if (plan === undefined) return jpeg;
  const made = await transformer.run(jpeg, plan);
  const { width, height } = readHeader(made) ?? {};
  assert.deepEqual({ width, height }, plan.size, "the plan knows the size");
  return made;
}

/** Where a pixel of the result comes from: (x, y) is of the result, `w` and `h` of the source. */
type Step = (x: number, y: number, w: number, h: number) => readonly [number, number];

/** By hand, clockwise. */
const ROTATIONS: Readonly<Record<0 | 90 | 180 | 270, Step>> = {
  0: (x, y) => [x, y],
  90: (x, y, _w, h) => [y, h - 1 - x],
  180: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  270: (x, y, w) => [w - 1 - y, x],
};
const FLIPS: Readonly<Record<"none" | "h" | "v" | "hv", Step>> = {
  none: (x, y) => [x, y],
  h: (x, y, w) => [w - 1 - x, y],
  v: (x, y, _w, h) => [x, h - 1 - y],
  hv: (x, y, w, h) => [w - 1 - x, h - 1 - y],
};

function stepped(source: Pixels, step: Step, isQuarter = false): Pixels {
  const { width: w, height: h } = source;
  const [width, height] = isQuarter ? [h, w] : [w, h];
  return rearranged(source, width, height, (x, y) => [...step(x, y, w, h)]);
}

function turnedByHand(source: Pixels, rotate: keyof typeof ROTATIONS, flip: keyof typeof FLIPS): Pixels {
  return stepped(stepped(source, ROTATIONS[rotate], rotate % 180 !== 0), FLIPS[flip]);
}

/** What Exif 2.32, 4.6.4 A says that row 0 and column 0 of the stored picture are, as steps. */
const ORIENTATIONS: ReadonlyArray<(source: Pixels) => Pixels> = [
  (source) => source,
  (source) => stepped(source, FLIPS.h),
  (source) => stepped(source, FLIPS.hv),
  (source) => stepped(source, FLIPS.v),
  // Row 0 is the left side, column 0 the top: the diagonal.
  (source) => stepped(source, (x, y) => [y, x], true),
  // Row 0 is the right side, column 0 the top.
  (source) => stepped(source, (x, y, _w, h) => [y, h - 1 - x], true),
  // Row 0 is the right side, column 0 the bottom: the other diagonal.
  (source) => stepped(source, (x, y, w, h) => [w - 1 - y, h - 1 - x], true),
  // Row 0 is the left side, column 0 the bottom.
  (source) => stepped(source, (x, y, w) => [w - 1 - y, x], true),
];

/** Pixel for pixel, except for the loss of JPEG at quality 100. */
async function assertSame(jpeg: Buffer, expected: Pixels, what: string): Promise<void> {
  const { mean, max } = difference(await decode(jpeg), expected);
  assert.ok(mean < 1 && max < 8, `${what}: ${mean} on average, at most ${max}`);
}

for (const rotate of [0, 90, 180, 270] as const) {
  for (const flip of ["none", "h", "v", "hv"] as const) {
    test(`rotate ${rotate}, then flip ${flip}, pixel by pixel`, async () => {
      const source = await noiseImage(WIDTH, HEIGHT);
      const spec = { ...(rotate !== 0 && { rotate }), ...(flip !== "none" && { flip }), quality: 100 };
      await assertSame(await make(spec, source), turnedByHand(await decode(source), rotate, flip), "turned");
    });
  }
}

for (const [index, upright] of ORIENTATIONS.entries()) {
  const orientation = index + 1;
  test(`EXIF orientation ${orientation} is honoured, and all else speaks of the upright picture`, async () => {
    const source = await noiseImage(WIDTH, HEIGHT, { orientation });
    assert.equal(readHeader(source)?.orientation, orientation);
    const byHand = upright(await decode(source));
    // Not quality alone, which would leave the picture as it is, orientation and all.
    const crop = { x: 0, y: 0, width: 1, height: 0.5 };
    const half = Math.round(byHand.height * 0.5);
    const cropped = rearranged(byHand, byHand.width, half, (x, y) => [x, y]);
    const made = await make({ crop, quality: 100 }, source);
    await assertSame(made, cropped, "cropped");
    assert.equal((await sharp(made).metadata()).orientation, undefined, "it is not to be turned again");
    for (const flip of ["none", "h"] as const) {
      const spec = { rotate: 90 as const, ...(flip === "h" && { flip }), quality: 100 };
      await assertSame(await make(spec, source), turnedByHand(byHand, 90, flip), `rotated, ${flip}`);
    }
    // sharp's own reading of the orientation, for one that is not by the same hand.
    const auto = await decode(await sharp(source).autoOrient().jpeg({ quality: 100 }).toBuffer());
    assert.ok(difference(auto, byHand).mean < 1);
  });
}

test("a crop is a part of the picture as it is turned, its edges rounded to pixels", async () => {
  const source = await noiseImage(WIDTH, HEIGHT, { orientation: 7 });
  const upright = (ORIENTATIONS[6] as (source: Pixels) => Pixels)(await decode(source));
  for (const rotate of [0, 90, 180, 270] as const) {
    for (const flip of ["none", "h", "v"] as const) {
      const turned = turnedByHand(upright, rotate, flip);
      const [left, top] = [Math.round(turned.width * 0.13), Math.round(turned.height * 0.4)];
      const [right, bottom] = [Math.round(turned.width * 0.63), Math.round(turned.height * 0.95)];
      const expected = rearranged(turned, right - left, bottom - top, (x, y) => [left + x, top + y]);
      const spec: VariantSpec = {
        crop: { x: 0.13, y: 0.4, width: 0.5, height: 0.55 },
        rotate: rotate === 0 ? undefined : rotate,
        flip: flip === "none" ? undefined : flip,
        quality: 100,
      };
      await assertSame(await make(spec, source), expected, `${rotate} ${flip}`);
    }
  }
});

for (const [width, height, crops] of [
  [7, 5, [undefined, [0.3, 0.25, 0.4, 0.5]]],
  [
    1,
    6,
    [
      [0, 0, 0.01, 0.01],
      [0.99, 0.99, 0.01, 0.01],
    ],
  ],
] as const) {
  test(`every orientation, rotation, flip and crop of a picture of ${width}×${height}, pixel by pixel`, async () => {
    for (const [index, upright] of ORIENTATIONS.entries()) {
      const source = await noiseImage(width, height, { orientation: index + 1, seed: index });
      const decoded = upright(await decode(source));
      for (const rotate of [0, 90, 180, 270] as const) {
        for (const flip of ["none", "h", "v", "hv"] as const) {
          const turned = turnedByHand(decoded, rotate, flip);
          for (const part of crops) {
            const [x, y, w, h] = part ?? [0, 0, 1, 1];
            const left = Math.min(Math.round(x * turned.width), turned.width - 1);
            const top = Math.min(Math.round(y * turned.height), turned.height - 1);
            const right = Math.max(Math.round((x + w) * turned.width), left + 1);
            const bottom = Math.max(Math.round((y + h) * turned.height), top + 1);
            const expected = rearranged(turned, right - left, bottom - top, (px, py) => [left + px, top + py]);
            const crop = part && { x, y, width: w, height: h };
            const spec = { rotate, flip: flip === "none" ? undefined : flip, crop, quality: 100 };
            const made = await make(spec, source);
            // What needs no change keeps its bytes, orientation and all.
            if (made === source) continue;
            await assertSame(made, expected, JSON.stringify({ orientation: index + 1, ...spec }));
          }
        }
      }
    }
  });
}

test("a crop of next to nothing is a pixel", async () => {
  const source = await noiseImage(WIDTH, HEIGHT);
  for (const x of [0, 0.5, 0.9999]) {
    const { width, height } = await decode(await make({ crop: { x, y: x, width: 0.0001, height: 0.0001 } }, source));
    assert.deepEqual([width, height], [1, 1]);
  }
});

/**
 * Pictures sized by a kernel, after other steps: as sharp does it from pixels, without a JPEG
 * decoded at half its size.
 */
async function sizedByHand(source: Buffer, steps: (image: Sharp) => Sharp, width: number, height: number) {
  const upright = await sharp(await sharp(source).autoOrient().png().toBuffer())
    .png()
    .toBuffer();
  const stepped = await steps(sharp(upright)).png().toBuffer();
  const sized = sharp(stepped).resize(width, height, { fit: "fill" });
  return await decode(await sized.jpeg({ quality: 100 }).toBuffer());
}

for (const [name, spec, width, height, steps] of [
  ["a half", { width: 640 }, 640, 360, (image) => image],
  ["a fifth", { width: 256 }, 256, 144, (image) => image],
  ["a fifth, turned", { width: 144, rotate: 90 }, 144, 256, (image) => image.rotate(90)],
  ["a height", { height: 90 }, 160, 90, (image) => image],
  ["the narrower of two", { width: 640, height: 90 }, 160, 90, (image) => image],
  ["exactly", { width: 300, height: 300, fit: "exact" }, 300, 300, (image) => image],
  ["a quarter out of the middle", { width: 160, crop: { x: 0.25, y: 0.25, width: 0.5, height: 0.5 } }, 160, 90, middle],
  [
    "a quarter out of the middle, flipped and turned",
    { height: 160, crop: { x: 0.25, y: 0.25, width: 0.5, height: 0.5 }, rotate: 90, flip: "h" },
    90,
    160,
    // sharp flips first: flipped and turned back is turned and flipped.
    (image) => middle(image).flop().rotate(270),
  ],
  [
    "a part whose edges do not meet pixels of the result",
    { width: 111, crop: { x: 0.1, y: 0.2, width: 0.51, height: 0.47 } },
    111,
    57,
    (image) => image.extract({ left: 128, top: 144, width: 653, height: 338 }),
  ],
] satisfies ReadonlyArray<[string, VariantSpec, number, number, (image: Sharp) => Sharp]>) {
  test(`sized down: ${name}`, async () => {
    const source = await sceneImage(1280, 720);
    const made = await decode(await make({ ...spec, quality: 100 }, source));
    const expected = await sizedByHand(source, steps, width, height);
    const { mean } = difference(made, expected);
    assert.ok(mean < 1, `${mean}`);
  });
}

function middle(image: Sharp): Sharp {
  return image.extract({ left: 320, top: 180, width: 640, height: 360 });
}

test("pictures are never enlarged, unless exactly", async () => {
  const source = await noiseImage(WIDTH, HEIGHT);
  const sizeOf = async (spec: VariantSpec) => {
    const { width, height } = await decode(await make({ ...spec, quality: 90 }, source));
    return [width, height];
  };
  assert.deepEqual(await sizeOf({ width: 9999 }), [WIDTH, HEIGHT]);
  assert.deepEqual(await sizeOf({ width: 9999, height: 19 }), [31, 19]);
  assert.deepEqual(await sizeOf({ width: 122, fit: "exact" }), [122, 76]);
  assert.deepEqual(await sizeOf({ height: 76, fit: "exact" }), [122, 76]);
  assert.deepEqual(await sizeOf({ width: 10, height: 100, fit: "exact" }), [10, 100]);
  assert.deepEqual(await sizeOf({ fit: "exact" }), [WIDTH, HEIGHT]);
  assert.deepEqual(await sizeOf({ width: 1 }), [1, 1]);
});

test("sizes are of the upright picture", async () => {
  const source = await noiseImage(80, 40, { orientation: 6 });
  const { width, height } = await decode(await make({ width: 20 }, source));
  assert.deepEqual([width, height], [20, 40]);
});

test("gray pictures have one component, and the light of the colored ones", async () => {
  const source = await sceneImage(320, 180);
  const made = await make({ gray: true, quality: 95 }, source);
  assert.equal(readHeader(made)?.components.length, 1);
  const expected = await decode(await sharp(source).grayscale().jpeg({ quality: 95 }).toBuffer());
  assert.ok(difference(await decode(made), expected).mean < 1);
});

test("a gray picture stays one", async () => {
  const source = await sharp(await sceneImage(320, 180))
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  assert.equal(readHeader(await make({ width: 100 }, source))?.components.length, 1);
});

test("a lower quality takes fewer bytes", async () => {
  const source = await noiseImage(320, 180, { quality: 90 });
  const sizes: number[] = [];
  for (const quality of [80, 60, 40, 20, 1]) sizes.push((await make({ quality }, source)).length);
  assert.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  );
  assert.ok((sizes[0] as number) < source.length);
});

test("what changes nothing of a picture leaves its bytes alone", async () => {
  const source = await noiseImage(80, 40, { orientation: 6, quality: 60 });
  const gray = await sharp(source).toColourspace("b-w").jpeg().toBuffer();
  const same: ReadonlyArray<[VariantSpec, Buffer]> = [
    [{}, source],
    [{ width: 9999 }, source],
    [{ width: 40, height: 80 }, source],
    [{ width: 40, height: 80, fit: "exact" }, source],
    [{ rotate: 180, flip: "hv" }, source],
    [{ crop: { x: 0, y: 0, width: 1, height: 1 } }, source],
    [{ crop: { x: 0.001, y: 0, width: 0.999, height: 1 } }, source],
    [{ gray: false }, source],
    [{ gray: true }, gray],
    [{ quality: 60 }, source],
    [{ quality: 100 }, source],
    [{ maxBytes: source.length }, source],
    [{ fps: 1 }, source],
  ];
  for (const [spec, picture] of same) {
    assert.equal(await make(spec, picture), picture, JSON.stringify(spec));
  }
  assert.notEqual(await make({ quality: 59 }, source), source);
  assert.notEqual(await make({ width: 39 }, source), source);
});
