import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseMode, describeGap, describeMode } from "../../../src/drivers/v4l2/choose-mode.ts";
import { type Format, interval, type Size } from "../../../src/drivers/v4l2/formats.ts";

function size(width: number, height: number, ...rates: number[]): Size {
  const one = { width, height, maxWidth: width, maxHeight: height, stepWidth: 1, stepHeight: 1 };
  return { ...one, rates: rates.map((fps) => ({ fps, max: fps })) };
}

function format(...sizes: Size[]): Format {
  return { fourcc: "MJPG", description: "Motion-JPEG", sizes };
}

const HD = format(size(640, 480, 30, 15), size(1280, 720, 30, 15), size(1920, 1080, 30));

test("without a wish it is HD at 30 a second", () => {
  assert.deepEqual(chooseMode(HD, {}), { fourcc: "MJPG", width: 1280, height: 720, fps: 30 });
});

test("the nearest size is chosen, then the nearest rate", () => {
  assert.deepEqual(chooseMode(HD, { width: 700, height: 500, fps: 12 }), {
    fourcc: "MJPG",
    width: 640,
    height: 480,
    fps: 15,
  });
  assert.equal(chooseMode(HD, { width: 4000 }).width, 1920);
  assert.equal(chooseMode(HD, { height: 100 }).height, 480);
  assert.equal(chooseMode(HD, { width: 1920, height: 1080, fps: 5 }).fps, 30);
});

test("a large size that is slow is taken only when it was asked for", () => {
  const raw = format(size(640, 480, 30), size(1280, 720, 10));
  assert.equal(chooseMode(raw, {}).width, 640);
  assert.equal(chooseMode(raw, { fps: 10 }).width, 1280);
  assert.deepEqual(chooseMode(raw, { width: 1280 }), { fourcc: "MJPG", width: 1280, height: 720, fps: 10 });
});

test("ranges of sizes and rates are met where they can be", () => {
  const range = { width: 32, height: 16, maxWidth: 1000, maxHeight: 600, stepWidth: 16, stepHeight: 8 };
  const ranges = format({ ...range, rates: [{ fps: 1, max: 60 }] });
  assert.deepEqual(chooseMode(ranges, { width: 645, height: 481, fps: 7 }), {
    fourcc: "MJPG",
    width: 640,
    height: 480,
    fps: 7,
  });
  assert.deepEqual(chooseMode(ranges, { width: 5000, height: 5000, fps: 90 }), {
    fourcc: "MJPG",
    width: 992,
    height: 600,
    fps: 60,
  });
  assert.deepEqual(chooseMode(ranges, { width: 16, height: 16 }), { fourcc: "MJPG", width: 32, height: 16, fps: 30 });
});

test("a camera that lists no sizes is asked for the requested one", () => {
  assert.deepEqual(chooseMode(format(), { width: 800, height: 600 }), {
    fourcc: "MJPG",
    width: 800,
    height: 600,
    fps: 30,
  });
  assert.equal(chooseMode(format(size(640, 480)), { fps: 15 }).fps, 15);
});

test("the chosen mode is described, with the request if it is not offered", () => {
  const mode = { fourcc: "MJPG", width: 640, height: 480, fps: 30_000 / 1001 };
  assert.equal(describeMode(mode), "640x480 MJPG at 29.97 fps");
  assert.equal(describeMode({ ...mode, fps: 0 }), "640x480 MJPG");
  assert.equal(describeGap(mode, { width: 640, fps: 30 }), "");
  assert.equal(describeGap(mode, { width: 700, height: 500, fps: 5 }), ", the nearest it offers to 700x500 at 5 fps");
  assert.equal(describeGap(mode, { height: 500 }), ", the nearest it offers to anyx500");
});

test("a rate becomes the interval that drivers use for it", () => {
  assert.deepEqual(interval(30), { numerator: 1, denominator: 30 });
  assert.deepEqual(interval(7.5), { numerator: 100, denominator: 750 });
  assert.deepEqual(interval(30_000 / 1001), { numerator: 1001, denominator: 30_000 });
});
