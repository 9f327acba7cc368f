import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { z } from "zod";
import { readHeader } from "../../../src/jpeg/read-header.ts";
import { drawLabel } from "../../../src/transform/overlay/label.ts";
import { Overlay } from "../../../src/transform/overlay/overlay.ts";
import { queryOptions } from "../../../src/transform/transform-spec.ts";
import { Transformer } from "../../../src/transform/transformer.ts";
import { decode, difference, noiseImage, type Pixels, sceneImage } from "../../support/images/pixels.ts";

const query = z.strictObject(queryOptions);
const TITLE = "Front porch";
const CAPTURED_AT = Date.parse("2026-11-27T09:01:11.750Z");

/** A picture as a query has it, of a camera called so. */
async function make(jpeg: Buffer, asked: Record<string, string>, at = CAPTURED_AT): Promise<Buffer> {
  const transformer = new Transformer(query.parse(asked), () => TITLE);
  const plan = transformer.plan(jpeg);
  assert.ok(plan !== undefined, "there is something to do");
  const made = await transformer.run(jpeg, plan, at);
  const { width, height } = readHeader(made) ?? {};
  assert.deepEqual({ width, height }, plan.size);
  return made;
}

function plain(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg({ quality: 100 })
    .toBuffer();
}

/** The smallest box around all that differs by more than what JPEG loses. */
function changed(one: Pixels, other: Pixels) {
  const box = { left: one.width, top: one.height, right: -1, bottom: -1 };
  for (let y = 0; y < one.height; y++) {
    for (let x = 0; x < one.width; x++) {
      const at = (y * one.width + x) * 3;
      if (Math.abs((one.data[at] as number) - (other.data[at] as number)) < 50) continue;
      box.left = Math.min(box.left, x);
      box.top = Math.min(box.top, y);
      box.right = Math.max(box.right, x + 1);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box;
}

test("the clock shows when a picture was captured, in the zone asked for, and the name is the camera's title", async () => {
  const source = await sceneImage(320, 180);
  for (const [asked, text] of [
    [{ overlay: "clock", tz: "UTC" }, "2026-11-27 09:01:11"],
    [{ overlay: "clock", tz: "Asia/Kathmandu" }, "2026-11-27 14:46:11"],
    [{ overlay: "clock:%H.%M", tz: "Europe/Berlin" }, "10.01"],
    [{ overlay: "name" }, TITLE],
    [{ overlay: "name,clock", tz: "UTC" }, `${TITLE}  2026-11-27 09:01:11`],
    [{ overlay: "clock,name,text:%%, at %s", tz: "UTC" }, `2026-11-27 09:01:11  ${TITLE}  %%, at 1795770071`],
  ] as const) {
    assert.deepEqual(await make(source, asked), await make(source, { overlay: `text:${text}` }), asked.overlay);
  }
});

test("it stands where it is asked to, and the rest of the picture stays as it is", async () => {
  const [width, height] = [400, 300];
  const source = await plain(width, height, "#ffffff");
  const before = await decode(source);
  const boxes = new Map<string, ReturnType<typeof changed>>();
  for (const position of ["", "top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"]) {
    const asked = position === "" ? {} : { overlayPosition: position };
    const box = changed(before, await decode(await make(source, { overlay: "name", quality: "100", ...asked })));
    boxes.set(position, box);
    assert.ok(box.left >= 2 && box.top >= 2 && box.right <= width - 2 && box.bottom <= height - 2, position);
    assert.ok(box.right - box.left < 110 && box.bottom - box.top < 25, JSON.stringify(box));
    const [centre, middle] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    assert.ok(position.startsWith("top") ? middle < 30 : middle > 270, position);
    if (position === "top" || position === "bottom") assert.ok(Math.abs(centre - width / 2) <= 1, position);
    else assert.ok(position.endsWith("right") ? centre > 330 : centre < 70, position);
  }
  assert.deepEqual(boxes.get(""), boxes.get("bottom-left"));
});

test("it can be read on bright, dark and noisy pictures: white letters, all around them dark", async () => {
  for (const [name, source] of [
    ["bright", await plain(640, 480, "#ffffff")],
    ["dark", await plain(640, 480, "#000000")],
    ["yellow", await plain(640, 480, "#ffff00")],
    ["noisy", await noiseImage(640, 480)],
  ] as const) {
    const made = await make(source, { overlay: "clock", quality: "95" });
    const { data } = await sharp(made)
      .extract({ left: 10, top: 450, width: 180, height: 19 })
      .greyscale()
      .toColourspace("b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const share = (is: (value: number) => boolean) => data.filter(is).length / data.length;
    assert.ok(share((value) => value > 215) > 0.06, `${name}: letters`);
    assert.ok(share((value) => value < 125) > 0.6, `${name}: ground`);
  }
});

test("it is laid on the picture as it is seen: upright, whatever was turned, cut, flipped or sized before", async () => {
  const source = await noiseImage(211, 160, { orientation: 6 });
  const overlay = { overlay: "name,text:F", overlayPosition: "top-right" };
  for (const other of [
    { rotate: "90" },
    { rotate: "180", flip: "h" },
    { flip: "v" },
    { crop: "0.1,0.2,0.7,0.8", rotate: "270" },
    { width: "100" },
    { gray: "" },
    { gray: "", rotate: "90", flip: "h", width: "120" },
  ]) {
    const quality = { quality: "100" };
    const first = await make(await make(source, { ...other, ...quality }), { ...overlay, ...quality });
    const together = await make(source, { ...other, ...overlay, ...quality });
    const { mean } = difference(await decode(together), await decode(first));
    assert.ok(mean < 1, `${JSON.stringify(other)}: ${mean}`);
  }
});

test("a gray picture stays gray, with an overlay of gray", async () => {
  const gray = await sharp(await sceneImage(320, 180))
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  for (const made of [
    await make(gray, { overlay: "clock" }),
    await make(await sceneImage(320, 180), { overlay: "clock", gray: "" }),
  ]) {
    assert.equal(readHeader(made)?.components.length, 1);
    assert.ok(changed(await decode(gray), await decode(made)).right > 0, "and there is one");
  }
});

test("pictures of any size take it, and those with no room for it go without", async () => {
  for (const [width, height] of [
    [1, 1],
    [8, 8],
    [7, 500],
    [500, 7],
    [16, 16],
    [40, 30],
    [64, 48],
    [3840, 32],
  ] as const) {
    await make(await plain(width, height, "#ffffff"), { overlay: "name,clock" });
  }
  const [tiny, small] = [await plain(8, 8, "#ffffff"), await plain(64, 48, "#ffffff")];
  assert.ok(difference(await decode(tiny), await decode(await make(tiny, { overlay: "clock" }))).max < 3);
  assert.ok(difference(await decode(small), await decode(await make(small, { overlay: "clock" }))).max > 100);
});

test("whatever the text and the picture's size, the label is inside of the picture and leaves half of it free", async () => {
  const positions = fc.constantFrom("top-left", "top", "bottom-right", "bottom" as const);
  const side = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1200 }));
  const texts = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("2026-11-27 09:01:11", "m".repeat(200), "a ".repeat(100), "<b>&amp;", "ขี้ ".repeat(50)),
  );
  await fc.assert(
    fc.asyncProperty(texts, side, side, positions, async (text, width, height, position) => {
      const label = await drawLabel(text, { width, height }, position as "top");
      if (label === undefined) return;
      const { left, top, pixels } = label;
      assert.equal(pixels.data.length, pixels.width * pixels.height * 4);
      assert.ok(left >= 0 && top >= 0 && left + pixels.width <= width && top + pixels.height <= height);
      assert.ok(pixels.height <= height / 2 + 1, `${pixels.height} of ${height}`);
    }),
    { numRuns: 50 },
  );
});

test("where a text does not fit its letters are smaller, and a very long one is shortened", async () => {
  const heightOf = async (text: string, width: number, height: number) => {
    return (await drawLabel(text, { width, height }, "bottom-left"))?.pixels.height ?? 0;
  };
  const [wide, narrow] = [await heightOf("2026-11-27", 640, 480), await heightOf("2026-11-27", 80, 480)];
  assert.ok(narrow > 0 && narrow < wide, `${narrow}, ${wide}`);
  assert.ok((await heightOf("2026-11-27", 1920, 1080)) > wide * 2, "and in a large picture they are larger");
  assert.ok((await heightOf("word ".repeat(200), 160, 120)) > 30);
  assert.ok((await heightOf("Donaudampfschifffahrtsgesellschaft", 100, 80)) > 10);
});

test("a line that is longer than any drawing may be is shortened, whatever the picture's size", async () => {
  for (const [width, height] of [
    [1920, 1080],
    [9000, 6000],
    [65_535, 900],
    [900, 65_535],
  ] as const) {
    for (const text of ["W".repeat(200), "W".repeat(1000), "W\u0301".repeat(500), "\ufdfd".repeat(200)]) {
      const { pixels, left, top } =
        (await drawLabel(text, { width, height }, "bottom")) ?? assert.fail(`${width}×${height}`);
      assert.ok(left >= 0 && left + pixels.width <= width, `${width}×${height} ${text.slice(0, 3)}`);
      assert.ok(top >= height / 2 && top + pixels.height <= height, `${width}×${height} ${text.slice(0, 3)}`);
    }
  }
});

test("the plate does not move while the text changes", async () => {
  const boxOf = async (text: string) => {
    const { left, top, pixels } = (await drawLabel(text, { width: 640, height: 480 }, "bottom-left")) ?? {};
    return { left, top, width: pixels?.width, height: pixels?.height };
  };
  assert.deepEqual(await boxOf("11:11:11"), await boxOf("08:46:59"));
  const [low, high] = [await boxOf("a"), await boxOf("gkM|")];
  assert.deepEqual([low.top, low.height], [high.top, high.height]);
});

test("a text is drawn once for each size, for as long as it is the same", () => {
  const overlay = new Overlay(query.parse({ overlay: "clock" }), () => TITLE);
  const [size, other] = [
    { width: 320, height: 240 },
    { width: 160, height: 120 },
  ];
  const label = overlay.labelFor(size, 1_000);
  assert.equal(overlay.labelFor(size, 1_999), label);
  assert.notEqual(overlay.labelFor(other, 1_999), label);
  assert.equal(overlay.labelFor(size, 1_000), label, "also after another");
  assert.notEqual(overlay.labelFor(size, 2_000), label);
  const minutes = new Overlay(query.parse({ overlay: "text:%H:%M" }), () => TITLE);
  assert.equal(minutes.labelFor(size, 0), minutes.labelFor(size, 59_999));
});

test("what is written is no markup", async () => {
  const source = await plain(640, 480, "#808080");
  const tagged = await make(source, { overlay: 'text:<span size="200pt">a</span> &amp;' });
  const { top, right } = changed(await decode(source), await decode(tagged));
  assert.ok(top > 440 && right > 250, `${top}, ${right}`);
});

test("a picture with an overlay fits in a number of bytes, like any other", async () => {
  const source = await noiseImage(640, 360);
  const transformer = new Transformer({ ...query.parse({ overlay: "name,clock" }), maxBytes: 8000 }, () => TITLE);
  for (let picture = 0; picture < 3; picture++) {
    const plan = transformer.plan(source);
    assert.ok(plan !== undefined && (await transformer.run(source, plan)).length <= 8000);
  }
});
