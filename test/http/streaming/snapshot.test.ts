import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import { createTestApp, type TestAppOptions } from "../../support/app.ts";
import { type HandCamera, handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { noiseImage } from "../../support/images/pixels.ts";
import { notedPlaceholders } from "../../support/placeholders.ts";
import { listen, serve } from "../../support/serve.ts";
import { ACCEPT, ask, headOf } from "../../support/sockets/raw-http.ts";

const a = tinyJpeg({ label: "a" });
const b = tinyJpeg({ label: "another" });

/** A server with one camera whose pictures the test gives by hand, kept open by a viewer. */
async function serveWatched(t: TestContext, parts: Partial<TestAppOptions> = {}) {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], ...parts });
  await headOf(ask(t, `${url}/video_feed`));
  return { hand, url };
}

async function pictureOf(response: Response): Promise<Buffer> {
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

test("a snapshot is one picture, byte for byte, with its length, age and time of capture", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(a);
  const at = hand.camera.status().lastFrameAt as number;
  const response = await fetch(`${url}/snapshot.jpg?max-age=60000`);
  const picture = await pictureOf(response);
  assert.deepEqual(picture, a);
  const { headers } = response;
  assert.equal(headers.get("content-type"), "image/jpeg");
  assert.equal(headers.get("content-length"), String(a.length));
  assert.equal(headers.get("x-timestamp"), (at / 1000).toFixed(6));
  assert.equal(headers.get("age"), "0");
  assert.equal(headers.get("x-stillstream-online"), "1");
  assert.equal(headers.get("cache-control"), "no-store, no-cache, must-revalidate, max-age=0");
  assert.equal(headers.get("pragma"), "no-cache");
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
});

test("a snapshot is captured after the request: an older picture is not given", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(a);
  let answered = false;
  const asked = fetch(`${url}/snapshot.jpg`).finally(() => (answered = true));
  await sleep(150);
  assert.equal(answered, false, "the picture from before the request is not its answer");
  const shownAt = Date.now();
  // Again and again, in case the request is slow to arrive.
  await until("it is answered", async () => {
    await hand.show(b);
    return answered;
  });
  const response = await asked;
  assert.deepEqual(await pictureOf(response), b);
  assert.ok(Number(response.headers.get("x-timestamp")) * 1000 >= shownAt - 2);
});

test("max-age allows a picture that is so old, and none that is older", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(a);
  await sleep(1100);
  const old = await fetch(`${url}/snapshot.jpg?max-age=60000`);
  assert.deepEqual(await pictureOf(old), a);
  assert.equal(old.headers.get("age"), "1");
  const fresh = fetch(`${url}/snapshot.jpg?max-age=1000`);
  await sleep(100);
  await hand.show(b);
  assert.deepEqual(await pictureOf(await fresh), b);
});

test("a picture that max-age allows is given without the camera being opened for it", async (t) => {
  const hand = handCamera(t, { lingerMs: 0 });
  const url = await serve(t, { cameras: [hand.camera] });
  const asked = fetch(`${url}/snapshot.jpg`);
  await hand.show(a);
  assert.deepEqual(await pictureOf(await asked), a);
  await until("the camera is released", () => !hand.open);
  assert.deepEqual(await pictureOf(await fetch(`${url}/snapshot.jpg?max-age=60000`)), a);
  assert.deepEqual([hand.open, hand.opened], [false, 1]);
});

test("a bare max-age is ignored, and one that is no number is answered 400", async (t) => {
  const { hand, url } = await serveWatched(t, { snapshotTimeoutMs: 100 });
  await hand.show(a);
  const bare = await fetch(`${url}/snapshot.jpg?max-age&strict`);
  assert.equal(bare.status, 503, "no age allowed, and nothing new came");
  for (const value of ["soon", "-1", "1.5", "1&max-age=2"]) {
    const response = await fetch(`${url}/snapshot.jpg?max-age=${value}`);
    assert.equal(response.status, 400, value);
    assert.match(
      ((await response.json()) as { error: string }).error,
      /^max-age must be a whole number of milliseconds, got /,
    );
  }
});

test("a snapshot opens the camera when nobody watches, and lets go of it", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera] });
  const asked = fetch(`${url}/snapshot`);
  await hand.show(a);
  assert.deepEqual(await pictureOf(await asked), a);
  await until("the camera is released", () => !hand.open);
  assert.equal(hand.opened, 1);
});

test("with strict, when no picture comes in time the answer is 503 with a text that says so, as the client reads it", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 200 });
  const askedAt = performance.now();
  const response = await fetch(`${url}/snapshot.jpg?strict`);
  assert.ok(performance.now() - askedAt >= 195);
  assert.equal(response.status, 503);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(response.headers.get("retry-after"), "5");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.match(response.headers.get("cache-control") ?? "", /no-store/);
  assert.deepEqual(await response.json(), { error: "No frame of test came in 0.2 s: it has not sent any." });
  await until("the camera is released", () => !hand.open);

  const page = await fetch(`${url}/snapshot.jpg?strict=1`, { headers: { Accept: ACCEPT.navigation } });
  assert.equal(page.status, 503);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await page.text(), /No frame of test came in 0\.2 s/);
});

test("with strict, when no picture comes because the camera fails, the answer says why", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 500 });
  const asked = fetch(`${url}/snapshot.jpg?strict`);
  await until("the camera is open", () => hand.open);
  hand.fail(new Error("No such device"));
  const response = await asked;
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { error: "No frame of test came in 0.5 s: No such device." });
});

test("a client that gives up on its snapshot lets go of the camera at once", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 60_000 });
  const client = ask(t, `${url}/snapshot.jpg`);
  await until("the camera is open", () => hand.open);
  client.socket.resetAndDestroy();
  await until("the camera is released", () => !hand.open);
});

test("a camera that comes back while a snapshot waits gives it its picture", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera] });
  const asked = fetch(`${url}/snapshot.jpg`);
  await until("the camera is open", () => hand.open);
  hand.fail(new Error("shaken"));
  await until("it is open again", () => hand.opened === 2);
  await hand.show(b);
  assert.deepEqual(await pictureOf(await asked), b);
});

test("when no frame comes in time the answer is the camera's placeholder, which says that it is no frame", async (t) => {
  const hand = handCamera(t, { lingerMs: 0 });
  const { placeholders, drawn } = notedPlaceholders();
  const url = await serve(t, { cameras: [hand.camera], placeholders, snapshotTimeoutMs: 200 });
  const askedAt = performance.now();
  const asked = fetch(`${url}/snapshot.jpg`);
  await until("the camera is open", () => hand.open);
  hand.fail(new Error("No such device"));
  const response = await asked;
  assert.ok(performance.now() - askedAt >= 195);
  const { headers } = response;
  const card = await pictureOf(response);
  assert.deepEqual([headers.get("content-type"), headers.get("content-length")], ["image/jpeg", String(card.length)]);
  assert.equal(headers.get("x-stillstream-online"), "0");
  assert.deepEqual([headers.get("age"), headers.get("x-timestamp")], [null, null], "it was never captured");
  assert.match(headers.get("access-control-expose-headers") ?? "", /X-Stillstream-Online/);
  assert.match(headers.get("cache-control") ?? "", /no-store/);
  const { width, height } = await sharp(card).metadata();
  assert.deepEqual([width, height], [1280, 720]);
  assert.equal(drawn[0]?.problem, "The camera is offline", "although the camera was let go of meanwhile");
  await until("the camera is released", () => !hand.open);
});

test("a camera that gives no new picture, and has not failed, is said to give none", async (t) => {
  const { placeholders, drawn } = notedPlaceholders();
  const { hand, url } = await serveWatched(t, { snapshotTimeoutMs: 100, placeholders });
  await hand.show(a);
  const response = await fetch(`${url}/snapshot.jpg`);
  assert.deepEqual([response.status, response.headers.get("x-stillstream-online")], [200, "0"]);
  assert.deepEqual(drawn[0]?.problem, "No new frame");
});

test("a camera that is not tried again in time is not waited for", async (t) => {
  const hand = handCamera(t, { pauses: { minPauseMs: 60_000, maxPauseMs: 60_000 } });
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 50_000 });
  const asked = fetch(`${url}/snapshot.jpg`);
  await until("the camera is open", () => hand.open);
  hand.fail(new Error("No such device"));
  const response = await asked;
  assert.deepEqual([response.status, response.headers.get("x-stillstream-online")], [200, "0"]);

  await headOf(ask(t, `${url}/video_feed`));
  await until("the camera is open", () => hand.open);
  hand.fail(new Error("No such device"));
  const strict = await fetch(`${url}/snapshot.jpg?strict`);
  assert.equal(strict.status, 503);
  assert.match(await strict.text(), /No frame of test before its next try in (60|59) s: No such device\./);
  assert.match(strict.headers.get("retry-after") ?? "", /^(60|59)$/);
});

test("a picture that is allowed to be old is given while the camera is gone", async (t) => {
  const { hand, url } = await serveWatched(t, { snapshotTimeoutMs: 100 });
  await hand.show(a);
  hand.fail(new Error("unplugged"));
  const response = await fetch(`${url}/snapshot.jpg?max-age=60000`);
  assert.equal(response.headers.get("x-stillstream-online"), "1");
  assert.deepEqual(await pictureOf(response), a);
});

test("strict is a switch, on when bare; several are answered 400; other programs' URLs take it too", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 50 });
  const cases: Array<[path: string, status: number]> = [
    ["/snapshot.jpg?strict=0", 200],
    ["/snapshot.jpg?strict=false", 200],
    ["/snapshot.jpg?strict=", 503],
    ["/snapshot.jpg?strict=yes", 503],
    ["/snapshot.jpg?strict&strict", 400],
    ["/?action=snapshot", 200],
    ["/?action=snapshot&strict", 503],
    ["/api/frame.jpeg?src=test", 200],
    ["/api/frame.jpeg?src=test&strict=1", 503],
    ["/video_feed?strict&strict", 400],
  ];
  for (const [path, status] of cases) assert.equal((await fetch(url + path)).status, status, path);
  const { error } = (await (await fetch(`${url}/snapshot.jpg?strict&strict=1`)).json()) as { error: string };
  assert.equal(error, 'strict must be 1 or 0, once, got ["","1"].');
});

test("if no placeholder can be drawn the answer is 503", async (t) => {
  const hand = handCamera(t);
  const placeholders = new Placeholders({ draw: () => Promise.reject(new Error("Cannot find package 'sharp'")) });
  const url = await serve(t, { cameras: [hand.camera], placeholders, snapshotTimeoutMs: 50 });
  assert.equal((await fetch(`${url}/snapshot.jpg`)).status, 503);
});

test("ten snapshots at once share one opening and one picture", async (t) => {
  const hand = handCamera(t);
  const server = createServer(createTestApp({ cameras: [hand.camera] }));
  let arrived = 0;
  server.on("request", () => arrived++);
  const url = await listen(t, server);
  const asked = Array.from({ length: 10 }, () => fetch(`${url}/snapshot.jpg`));
  await until("all have arrived", () => arrived === 10);
  await hand.show(a);
  const responses = await Promise.all(asked);
  for (const response of responses) assert.deepEqual(await pictureOf(response), a);
  assert.equal(new Set(responses.map(({ headers }) => headers.get("etag"))).size, 1);
  assert.deepEqual([hand.opened, hand.camera.status().frames], [1, 1]);
});

test("a client that has the newest picture already is told so, by the tag that came with it, and sent nothing", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(a);
  const get = (tag?: string, headers = {}) =>
    fetch(`${url}/snapshot.jpg?max-age=60000`, {
      headers: tag === undefined ? {} : { "If-None-Match": tag, ...headers },
    });
  const first = await get();
  await pictureOf(first);
  const tag = first.headers.get("etag") as string;
  assert.match(tag, /^"[\x21\x23-\x7e]+"$/);
  assert.match(first.headers.get("access-control-expose-headers") ?? "", /\bETag\b/);
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, `${tag},"other"`, "*"]) {
    const again = await get(known);
    assert.equal(again.status, 304, known);
    assert.equal((await again.arrayBuffer()).byteLength, 0);
    assert.equal(again.headers.get("etag"), tag);
    assert.equal(again.headers.get("content-type"), null);
    assert.equal(again.headers.get("x-timestamp"), first.headers.get("x-timestamp"));
    assert.match(again.headers.get("cache-control") ?? "", /no-store/);
    assert.equal(again.headers.get("access-control-allow-origin"), "*");
  }
  for (const unknown of ['"other"', tag.slice(1, -1), `"x${tag.slice(1)}`, ""]) {
    assert.deepEqual(await pictureOf(await get(unknown)), a, unknown);
  }
  await hand.show(b);
  const next = await get(tag);
  assert.deepEqual(await pictureOf(next), b);
  assert.notEqual(next.headers.get("etag"), tag);
});

test("each variant has a tag of its own, and to tell that it is known costs no encode", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(await noiseImage(64, 48));
  const get = async (query: string, tag = "") =>
    await fetch(`${url}/snapshot.jpg?max-age=60000&${query}`, { headers: tag === "" ? {} : { "If-None-Match": tag } });
  const encodes = async () => {
    const { variants } = (await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport;
    return variants.reduce((sum, variant) => sum + variant.encodes, 0);
  };
  const [own, small, smallToo] = await Promise.all(["", "width=32", "width=032&fps=5"].map((query) => get(query)));
  const [ownTag = "", smallTag = ""] = [own, small].map((response) => response?.headers.get("etag") as string);
  assert.notEqual(ownTag, smallTag);
  assert.equal(smallToo?.headers.get("etag"), smallTag);
  assert.equal(await encodes(), 1);
  // Not encoded yet, and yet known.
  const tagOf48 = smallTag.replace("width=32", "width=48");
  assert.equal((await get("width=48", tagOf48)).status, 304);
  assert.equal(await encodes(), 1);
  assert.equal((await get("width=32", ownTag)).status, 200);
});

test("a parameter's old name counts for one release, and both names with different values are answered 400", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(a);
  const get = (query: string) => fetch(`${url}/snapshot.jpg?${query}`);
  assert.deepEqual(await pictureOf(await get("max_age=60000")), a);
  assert.deepEqual(await pictureOf(await get("max-age=60000&max_age=60000")), a);
  const response = await get("max-age=60000&max_age=5");
  assert.equal(response.status, 400);
  const { error } = (await response.json()) as { error: string };
  assert.equal(error, 'max-age must be one value, got "60000" as max-age and "5" as max_age.');
});

test("wait=next is a picture captured after the request, and max-age then the last resort when none comes", async (t) => {
  const { hand, url } = await serveWatched(t, { snapshotTimeoutMs: 400 });
  await hand.show(a);
  const none = await fetch(`${url}/snapshot.jpg?wait=next&strict`);
  assert.equal(none.status, 503);
  const old = await fetch(`${url}/snapshot.jpg?wait=next&max-age=60000`);
  assert.deepEqual(await pictureOf(old), a);
  const asked = fetch(`${url}/snapshot.jpg?wait=next&max-age=60000`);
  await sleep(100);
  await hand.show(b);
  assert.deepEqual(await pictureOf(await asked), b);
  assert.equal((await fetch(`${url}/snapshot.jpg?wait=next&max-age=1&strict`)).status, 503, "that one is too old");
});

/** Counts the pictures of a camera by what they are. */
async function showNumbered(hand: HandCamera, count: number): Promise<Buffer[]> {
  const shown = Array.from({ length: count }, (_, number) => tinyJpeg({ label: `number ${number} of ${hand.opened}` }));
  for (const jpeg of shown) await hand.show(jpeg);
  return shown;
}

test("warmup passes over the first pictures of a camera that was just opened, also when it was opened again", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera] });
  let asked = fetch(`${url}/snapshot.jpg?warmup=3`);
  let shown = await showNumbered(hand, 4);
  assert.deepEqual(await pictureOf(await asked), shown[3]);
  await until("the camera is released", () => !hand.open);

  asked = fetch(`${url}/snapshot.jpg?warmup=2`);
  await showNumbered(hand, 2);
  hand.fail(new Error("shaken"));
  await until("it is open again", () => hand.opened === 3 && hand.open);
  shown = await showNumbered(hand, 3);
  assert.deepEqual(await pictureOf(await asked), shown[2]);
});

test("a camera that was opened before, and is warm, gives its next picture, or an older one that is allowed", async (t) => {
  const { hand, url } = await serveWatched(t);
  const shown = await showNumbered(hand, 5);
  assert.deepEqual(await pictureOf(await fetch(`${url}/snapshot.jpg?warmup=4&max-age=60000`)), shown[4]);
  const asked = fetch(`${url}/snapshot.jpg?warmup=5&max-age=60000`);
  await hand.show(a);
  assert.deepEqual(await pictureOf(await asked), a);
});

test("when a camera takes too long to warm up, its newest picture is better than none", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 300 });
  const asked = fetch(`${url}/snapshot.jpg?warmup=100`);
  const shown = await showNumbered(hand, 3);
  assert.deepEqual(await pictureOf(await asked), shown[2]);
});

test("wait and warmup say what they take, and are ignored when bare", async (t) => {
  const { hand, url } = await serveWatched(t);
  await hand.show(a);
  for (const [query, sentence] of [
    ["wait=now", 'wait must be next, got "now".'],
    ["wait=next&wait=next", 'wait must be next, got ["next","next"].'],
    ["warmup=101", 'warmup must be a whole number from 0 to 100, got "101".'],
    ["warmup=-1", 'warmup must be a whole number from 0 to 100, got "-1".'],
    ["warmup=a", 'warmup must be a whole number from 0 to 100, got "a".'],
  ] as const) {
    const response = await fetch(`${url}/snapshot.jpg?${query}`);
    assert.equal(response.status, 400, query);
    assert.deepEqual(await response.json(), { error: sentence });
  }
  assert.deepEqual(await pictureOf(await fetch(`${url}/snapshot.jpg?wait&warmup&max-age=60000`)), a);
});
