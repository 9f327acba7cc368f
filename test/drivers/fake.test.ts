import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fake } from "../../src/drivers/fake.ts";
import { toJpeg } from "../../src/jpeg/convert/convert.ts";
import { openDriver } from "../support/cameras/open-driver.ts";
import { sizeOf } from "../support/images/layouts.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { virtualTime } from "../support/virtual-time.ts";

const pictures = FAKE_FRAMES.map((path) => readFileSync(path));

/** Which of the three pictures it is. */
const numberOf = (picture: Buffer) => pictures.findIndex((other) => other.equals(picture));

test("the three images are whole JPEGs of one size, and differ", async () => {
  for (const picture of pictures) assert.equal((await toJpeg(picture)).length, picture.length);
  const [size, ...others] = pictures.map((picture) => sizeOf(picture));
  assert.ok(size);
  for (const other of others) assert.deepEqual(other, size);
  assert.equal(new Set(pictures.map((picture) => picture.toString("base64"))).size, 3);
});

test("the clock chooses the image: seconds since the epoch times fps, modulo three", async (t) => {
  const now = { ms: 0 };
  t.mock.method(Date, "now", () => now.ms);
  const shownAt = async (ms: number, fps?: string) => {
    now.ms = ms;
    const camera = openDriver(t, fake, fps === undefined ? {} : { fps });
    const number = numberOf(await camera.next());
    await camera.close();
    return number;
  };
  const start = 1_700_000_000_000; // 1700000000 % 3 = 2
  const seen: number[] = [];
  for (const ms of [0, 999, 1000, 2000, 2999, 3000]) seen.push(await shownAt(start + ms));
  assert.deepEqual(seen, [2, 2, 0, 1, 1, 2]);
  const fast: number[] = [];
  for (const ms of [0, 99, 100, 250, 300]) fast.push(await shownAt(start + ms, "10"));
  // 17000000000 % 3 = 2
  assert.deepEqual(fast, [2, 2, 0, 1, 2]);
  assert.equal(await shownAt(start + 3999, "0.25"), 425_000_000 % 3);
  assert.equal(await shownAt(start + 4000, "0.25"), 425_000_001 % 3);
});

test("an image comes once for each tick of the clock, in turn", async (t) => {
  const time = virtualTime(t);
  const camera = openDriver(t, fake, { fps: "50" });
  const first = numberOf(await camera.next());
  for (let count = 1; count <= 6; count++) {
    let number: number | undefined;
    const coming = camera.next().then((picture) => {
      number = numberOf(picture);
    });
    await time.advance(19);
    assert.equal(number, undefined);
    await time.advance(1);
    await coming;
    assert.equal(number, (first + count) % 3);
  }
});

test("a timer that fires before the clock has moved on shows no image twice", async (t) => {
  const time = virtualTime(t);
  const now = { ms: 1_700_000_000_000 };
  t.mock.method(Date, "now", () => now.ms);
  const camera = openDriver(t, fake, { fps: "50" });
  const first = numberOf(await camera.next());
  let second: number | undefined;
  const coming = camera.next().then((picture) => {
    second = numberOf(picture);
  });
  await time.advance(150);
  assert.equal(second, undefined);
  now.ms += 20;
  await time.advance(20);
  await coming;
  assert.equal(second, (first + 1) % 3);
});

test("two cameras show the same image at the same time", async (t) => {
  const now = { ms: 0 };
  t.mock.method(Date, "now", () => now.ms);
  for (const ms of [1_700_000_000_000, 1_700_000_000_400, 1_700_000_000_500, 1_700_000_001_000]) {
    now.ms = ms;
    const [one, other] = [openDriver(t, fake, { fps: "2" }), openDriver(t, fake, { fps: "2" })];
    assert.equal(numberOf(await one.next()), numberOf(await other.next()));
    await Promise.all([one.close(), other.close()]);
  }
});

test("a clock that is set back does not stop it", async (t) => {
  const time = virtualTime(t);
  const camera = openDriver(t, fake, { fps: "20" });
  await camera.next();
  time.setClock(Date.now() - 3_600_000);
  for (let count = 0; count < 3; count++) await time.settle(camera.next());
  assert.ok(time.passedMs < 1000, `${time.passedMs} ms`);
});
