import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraStatus } from "../../src/core/camera-status.ts";
import type { PlaceholderText } from "../../src/transform/draw/placeholder-image.ts";
import { Placeholders, placeholderText } from "../../src/transform/placeholders.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { deferred, until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";

/** In the time zone of the machine, as people there read it. */
const at = (text: string) => new Date(`2026-11-21T${text}`).getTime();
const NOW = new Date(at("14:02:15"));
const GONE: CameraStatus = {
  name: "porch",
  title: "Front porch",
  driver: "test",
  state: "retrying",
  online: false,
  width: 640,
  height: 480,
  fps: 0,
  frames: 5,
  repaired: 0,
  dropped: 0,
  restarts: 1,
  lastError: { message: "The camera at /dev/video0 was unplugged", at: at("14:02:12") },
  lastFrameAt: at("14:02:11.900"),
  offlineSince: at("14:02:11.900"),
  nextTryAt: at("14:02:41"),
  note: null,
  waitingFor: null,
};

test("a placeholder says what is wrong, since when, and when the next try is", () => {
  assert.deepEqual(placeholderText(GONE, NOW), {
    title: "Front porch",
    problem: "The camera at /dev/video0 was unplugged",
    times: "No frame since 14:02:11\nNext try at 14:02:41",
  });
  const trying = placeholderText({ ...GONE, nextTryAt: null }, NOW);
  assert.equal(trying.times, "No frame since 14:02:11\nTrying again now");
});

test("a time that is not of today has its date", () => {
  const yesterday = new Date("2026-11-20T23:59:59").getTime();
  const words = placeholderText({ ...GONE, offlineSince: yesterday }, NOW);
  assert.equal(words.times, "No frame since 2026-11-20 23:59:59\nNext try at 14:02:41");
});

test("a camera that is starting says so, whatever was wrong with it before", () => {
  const words = placeholderText({ ...GONE, state: "starting", nextTryAt: null }, NOW);
  assert.deepEqual(words, { title: "Front porch", problem: "Starting", times: "Since 14:02:11" });
});

test("a camera that others send to says what it waits for, and no next try", () => {
  const words = placeholderText(
    { ...GONE, state: "starting", nextTryAt: null, waitingFor: "Nobody sends to port 9999" },
    NOW,
  );
  assert.deepEqual(words, {
    title: "Front porch",
    problem: "Nobody sends to port 9999",
    times: "No frame since 14:02:11",
  });
});

test("a title in letters that may be missing is followed by the camera's name", () => {
  for (const title of ["Ünï 5 €", "Ωμέγα", "Привет, мир!", "שלום", "مرحبا", "Tür 😀"]) {
    assert.equal(placeholderText({ ...GONE, title }, NOW).title, title);
  }
  for (const title of ["前门", "नमस्ते", "ประตู", "문", "Gate 門"]) {
    assert.equal(placeholderText({ ...GONE, title }, NOW).title, `${title} (porch)`);
  }
});

/** Draws placeholders when the test says so. */
function handPlaceholders() {
  const asked: { words: PlaceholderText; picture: Uint8Array | undefined; finish: (jpeg: Buffer) => void }[] = [];
  const placeholders = new Placeholders({
    draw(words, picture) {
      const drawing = deferred<Buffer>();
      asked.push({ words, picture, finish: (jpeg) => drawing.resolve(jpeg) });
      return drawing.promise;
    },
  });
  return { placeholders, asked };
}

test("a placeholder says that a camera is offline, and names no host", async (t) => {
  const { placeholders, asked } = handPlaceholders();
  const hand = handCamera(t, { pauses: { minPauseMs: 60_000, maxPauseMs: 60_000 } });
  hand.camera.subscribe(new AbortController().signal);
  await until("it is open", () => hand.open);
  hand.fail(new Error("10.0.0.8 refuses the user admin"));
  await until("it is gone", () => hand.camera.status().state === "retrying");
  void placeholders.of(hand.camera);
  await until("it is drawn", () => asked.length > 0);
  assert.doesNotMatch(JSON.stringify(asked[0]?.words), /10\.0\.0\.8|admin/);
  assert.equal(asked[0]?.words.problem, "The camera is offline");
});

test("requests while a placeholder is drawn share it, and it is kept until its text or its frame changes", async (t) => {
  const { placeholders, asked } = handPlaceholders();
  const hand = handCamera(t, { pauses: { minPauseMs: 60_000, maxPauseMs: 60_000 } });
  hand.camera.subscribe(new AbortController().signal);
  await until("it is open", () => hand.open);
  const many = Array.from({ length: 50 }, () => placeholders.of(hand.camera));
  await until("it is drawn", () => asked.length > 0);
  asked[0]?.finish(Buffer.from("first"));
  for (const card of await Promise.all(many))
    assert.deepEqual([card?.jpeg, card?.isSizeGuessed], [Buffer.from("first"), true]);
  assert.equal(await placeholders.of(hand.camera), await many[0]);
  assert.equal(asked.length, 1);

  const jpeg = tinyJpeg({ label: "seen" });
  await hand.show(jpeg);
  hand.fail(new Error("unplugged"));
  await until("it is gone", () => hand.camera.status().state === "retrying");
  const later = placeholders.of(hand.camera);
  await until("it is drawn again", () => asked.length > 1);
  assert.deepEqual([asked[1]?.words.problem, asked[1]?.picture], ["The camera is offline", jpeg]);
  asked[1]?.finish(Buffer.from("second"));
  const second = await later;
  assert.deepEqual([second?.jpeg, second?.isSizeGuessed], [Buffer.from("second"), false]);
});

test("one placeholder is drawn at a time, of all cameras", async (t) => {
  const { placeholders, asked } = handPlaceholders();
  const hands = ["a", "b", "c"].map((name) => handCamera(t, { name }));
  const wanted = hands.map(({ camera }) => placeholders.of(camera));
  for (const [index, name] of ["a", "b", "c"].entries()) {
    await until(`${name} is drawn`, () => asked.length > index);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.equal(asked.length, index + 1);
    assert.equal(asked[index]?.words.title, name);
    asked[index]?.finish(Buffer.from(name));
    assert.deepEqual((await wanted[index])?.jpeg, Buffer.from(name));
  }
});

test("a failed drawing is reported once, and the next is tried", async (t) => {
  const failures: unknown[] = [];
  let count = 0;
  const placeholders = new Placeholders({
    draw: async () => {
      if (++count < 3) throw new Error("no sharp");
      return Buffer.from("card");
    },
    onFailure: (error) => failures.push(error),
  });
  const hands = ["a", "b", "c"].map((name) => handCamera(t, { name }));
  const [a, b, c] = await Promise.all(hands.map(({ camera }) => placeholders.of(camera)));
  assert.deepEqual([a, b, c?.jpeg], [undefined, undefined, Buffer.from("card")]);
  assert.deepEqual(failures, [new Error("no sharp")]);
  const [first] = hands;
  assert.ok(first !== undefined);
  await placeholders.of(first.camera);
  assert.equal(count, 3, "nothing about it has changed");
});
