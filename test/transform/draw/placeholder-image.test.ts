import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { withComponents } from "../../../src/jpeg/components.ts";
import type { FrameLayout } from "../../../src/jpeg/read-header.ts";
import { drawPlaceholder } from "../../../src/transform/draw/placeholder-image.ts";
import { manyScans } from "../../support/images/bombs.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { layoutOf } from "../../support/images/layouts.ts";

const WORDS = {
  title: "Front porch",
  problem: "The camera at /dev/video0 was unplugged",
  times: "No picture since 14:02:11\nNext try at 14:02:41",
};

/** A plain picture. */
function picture(width: number, height: number, background = "#ffffff", chromaSubsampling = "4:2:0"): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg({ chromaSubsampling })
    .toBuffer();
}

async function greyOf(card: Buffer): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(card).greyscale().toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** How many of its pixels are letters. */
async function letters(card: Buffer): Promise<number> {
  return (await greyOf(card)).data.reduce((sum, value) => sum + (value > 190 ? 1 : 0), 0);
}

test("a placeholder has the size and sampling of the camera's last frame", async () => {
  for (const sampling of ["4:2:0", "4:4:4"]) {
    const last = await picture(640, 480, "#408020", sampling);
    assert.deepEqual(layoutOf(await drawPlaceholder(WORDS, last)), layoutOf(last), sampling);
  }
  const [one, half] = [
    { h: 1, v: 1 },
    { h: 2, v: 1 },
  ];
  const gray = await sharp(await picture(321, 240))
    .toColourspace("b-w")
    .jpeg()
    .toBuffer();
  assert.deepEqual(layoutOf(await drawPlaceholder(WORDS, gray)), { width: 321, height: 240, components: [one] });
  const webcam = withComponents(gray, { width: 321, height: 240, components: [half, one, one] });
  assert.deepEqual(layoutOf(await drawPlaceholder(WORDS, webcam)), layoutOf(webcam));
});

test("it shows the last frame, gray and darkened, with white letters that stand out from the whitest", async () => {
  const halves = await sharp(await picture(640, 480, "#ffffff"))
    .composite([{ input: await picture(640, 240, "#c01010"), top: 0, left: 0 }])
    .jpeg()
    .toBuffer();
  const card = await drawPlaceholder(WORDS, halves);
  const { channels } = await sharp(card).stats();
  assert.ok(
    channels.every(({ mean }) => Math.abs(mean - (channels[0]?.mean ?? 0)) < 1),
    "no color is left",
  );
  const { data, width, height } = await greyOf(card);
  const [above, below] = [data[5 * width + 5] as number, data[(height - 5) * width + 5] as number];
  assert.ok(above < 40 && below > 60 && below < 100, `${above} and ${below}`);
  assert.ok((await letters(card)) > 1000);
});

test("where there is no last picture, or none that can be decoded, the ground is plain", async () => {
  const plain = await drawPlaceholder(WORDS, undefined);
  assert.deepEqual(layoutOf(plain), layoutOf(await picture(1280, 720)), "of a size and sampling that most can do with");
  assert.ok(((await greyOf(plain)).data[0] as number) < 40);

  const broken = tinyJpeg({ width: 640, height: 480 });
  const card = await drawPlaceholder(WORDS, broken);
  assert.deepEqual(layoutOf(card), layoutOf(broken), "its size is known all the same");
  assert.ok((await letters(card)) > 1000);
  // One that may not be decoded, and one that may, which is a lighter gray.
  const groundOf = async (jpeg: Buffer) => (await greyOf(await drawPlaceholder(WORDS, jpeg))).data[0] as number;
  assert.ok((await groundOf(manyScans(640, 101))) < 40 && (await groundOf(manyScans(640, 100))) > 40);
  // Half a picture is better than none.
  const whole = await sharp(await picture(640, 480, "#ffffff"))
    .jpeg()
    .toBuffer();
  const half = await greyOf(await drawPlaceholder(WORDS, whole.subarray(0, whole.length * 0.6)));
  assert.ok((half.data[3 * 640 + 3] as number) > 60);
});

test("layouts that no placeholder can have do no harm", async () => {
  const four: FrameLayout["components"] = Array(4).fill({ h: 1, v: 1 });
  const frame = (width: number, height: number, components: FrameLayout["components"]) => {
    const head = [8, height >> 8, height & 255, width >> 8, width & 255, components.length];
    const own = components.flatMap(({ h, v }, index) => [index + 1, (h << 4) | v, 0]);
    const body = [...head, ...own];
    return Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, body.length + 2, ...body, 0xff, 0xd9]);
  };
  const sizeOf = async (jpeg: Buffer) => {
    const { width, height } = layoutOf(await drawPlaceholder(WORDS, jpeg)) as FrameLayout;
    return [width, height];
  };
  assert.deepEqual(await sizeOf(frame(640, 480, four)), [640, 480]);
  assert.deepEqual(await sizeOf(frame(640, 480, [{ h: 0, v: 0 }])), [640, 480]);
  assert.deepEqual(
    await sizeOf(
      frame(640, 480, [
        { h: 1, v: 1 },
        { h: 2, v: 2 },
        { h: 1, v: 1 },
      ]),
    ),
    [640, 480],
  );
  assert.deepEqual(await sizeOf(frame(65_535, 65_535, [{ h: 1, v: 1 }])), [1280, 720], "it would take gigabytes");
  assert.deepEqual(await sizeOf(Buffer.from("no JPEG at all")), [1280, 720]);
  assert.deepEqual(await sizeOf(frame(1, 1, [{ h: 1, v: 1 }])), [1, 1]);
});

test("its words can be read in every size, and are left out where there is no room", async () => {
  const share = async (width: number, height: number, words = WORDS) => {
    return (await letters(await drawPlaceholder(words, await picture(width, height, "#404040")))) / (width * height);
  };
  for (const [width, height] of [
    [160, 120],
    [640, 480],
    [480, 640],
    [1280, 720],
    [3840, 2160],
  ] as const) {
    const ink = await share(width, height);
    assert.ok(ink > 0.004 && ink < 0.2, `${width} × ${height}: ${ink}`);
    // All three of them; the largest is slow to look through.
    if (width > 2000) continue;
    for (const none of ["title", "problem", "times"])
      assert.ok((await share(width, height, { ...WORDS, [none]: "" })) < ink, `${width} × ${height}: ${none}`);
  }
  assert.equal(await share(16, 8), 0);
  const long = { title: "gate ".repeat(50), problem: "It is locked. ".repeat(100), times: WORDS.times };
  for (const [width, height] of [
    [160, 120],
    [1280, 720],
    [1200, 300],
  ] as const) {
    const without = await share(width, height, { ...long, times: "" });
    const card = await drawPlaceholder(long, await picture(width, height, "#404040"));
    assert.notEqual((await letters(card)) / (width * height), without, "a long problem leaves room for the times");
    const { data } = await greyOf(card);
    const edge = [...data.subarray(0, width), ...data.subarray(-width)];
    assert.ok(
      edge.every((value) => value < 60),
      "no letter touches the edge",
    );
  }
});
