import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import type { Camera } from "../../../src/core/camera.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { JpegSplitter } from "../../../src/jpeg/split.ts";
import { EncodeSlots } from "../../../src/transform/encode-slots.ts";
import { Variants } from "../../../src/transform/variants.ts";
import { pause } from "../../../src/util/abort.ts";
import { createTestApp, type TestAppOptions } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { noiseImage, sizeOf } from "../../support/images/pixels.ts";
import { listen, serve, testCamera } from "../../support/serve.ts";
import { ACCEPT, ask, headOf, type RawAnswer } from "../../support/sockets/raw-http.ts";
import { lengthParts } from "../../support/viewers/length-parts.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";

const [a, b, c] = (await Promise.all([1, 2, 3].map((seed) => noiseImage(64, 48, { seed })))) as [
  Buffer,
  Buffer,
  Buffer,
];

async function serveHand(t: TestContext, parts: Partial<TestAppOptions> = {}) {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], ...parts });
  const report = async () => (await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport;
  /** A viewer, once it is counted among the viewers. */
  const view = async (path: string): Promise<RawAnswer> => {
    const viewer = ask(t, url + path);
    assert.equal((await headOf(viewer)).status, 200, path);
    return viewer;
  };
  return { hand, url, report, view };
}

/** Slots that keep who every encode was for, without the camera. */
class NotedSlots extends EncodeSlots {
  readonly owners: string[][] = [];

  override run<T>(owners: () => readonly string[], task: () => Promise<T>): Promise<T> {
    return super.run(owners, () => {
      this.owners.push(owners().map((owner) => owner.split(" ")[1] ?? "none"));
      return task();
    });
  }
}

test("an encode is for the clients that want it, whichever way they watch, by their address", async (t) => {
  const hand = handCamera(t);
  const slots = new NotedSlots(1);
  const variants = new Variants(hand.camera, { slots });
  const gate = new Gate({ trust: (address) => address === "127.0.0.1" });
  const { url } = await serveLive(t, [hand.camera], { variants: () => variants, gate });
  const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
  for (const address of ["10.0.0.1", "10.0.0.1", "10.0.0.2"]) {
    await headOf(ask(t, `${url}/video_feed?width=32`, from(address)));
  }
  await headOf(ask(t, `${url}/video_feed?rotate=90&max-latency=500`, from("fd00::7")));
  const live = await liveClient(t, url, from("10.0.0.3"));
  live.subscribe("test", { query: "gray" });
  await until("it is subscribed", () => live.states.length > 0);
  await hand.show(a);
  await until("all are encoded", () => slots.owners.length === 3);
  await (await fetch(`${url}/snapshot.jpg?width=16&max-age=99999`, from("10.0.0.4"))).arrayBuffer();
  assert.deepEqual(slots.owners.map((owners) => owners.join()).sort(), [
    "10.0.0.1,10.0.0.2",
    "10.0.0.3",
    "10.0.0.4",
    "fd00:0:0:0",
  ]);
});

test("eight costly turns of a large camera leave another's small pictures their share of the encodes", async (t) => {
  const slots = new EncodeSlots(1);
  const large = await noiseImage(1920, 1080, { seed: 1 });
  const small = await noiseImage(320, 240, { seed: 2 });
  const cameras = Object.entries({ large, small }).map(([name, picture]) =>
    testCamera(t, {
      name,
      async *open({ signal }) {
        for (; !signal.aborted; await pause(10, signal)) yield picture;
      },
    }),
  ) as [Camera, Camera];
  const all = new Map(cameras.map((camera) => [camera, new Variants(camera, { slots })]));
  const url = await serve(t, { cameras, variants: (camera) => all.get(camera) as Variants });
  for (const query of [
    "rotate=90",
    "rotate=270",
    "flip=h",
    "flip=v",
    "gray",
    "quality=90&gray",
    "quality=50",
    "rotate=180",
  ]) {
    await headOf(ask(t, `${url}/cameras/large/video_feed?${query}`));
  }
  const encodesOf = async (name: string) => {
    const { variants } = (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport;
    return variants.reduce((sum, { encodes }) => sum + encodes, 0);
  };
  await until("the large ones are encoded", async () => (await encodesOf("large")) >= 8);
  const before = await encodesOf("large");
  await headOf(ask(t, `${url}/cameras/small/video_feed?width=160`));
  await until("many more are", async () => (await encodesOf("large")) >= before + 20);
  // By order of arrival it was one of nine.
  assert.ok((await encodesOf("small")) >= 10, `${await encodesOf("small")}`);
});

function picturesOf(viewer: RawAnswer): Buffer[] {
  return new JpegSplitter().push(Buffer.from(viewer.body())).map((picture) => Buffer.from(picture));
}

test("a stream is sent as its query has it, with the time at which each picture was captured", async (t) => {
  const { hand, report, view } = await serveHand(t);
  const viewer = await view("/video_feed?quality=70&width=32&rotate=90&1608");
  await hand.show(a);
  const at = hand.camera.status().lastFrameAt as number;
  const part = await until("a part has come", () => lengthParts(viewer.body())[0]);
  assert.deepEqual(sizeOf(part.jpeg), { width: 32, height: 43 });
  assert.match(part.header, new RegExp(`X-Timestamp: ${(at / 1000).toFixed(6)}`));
  const { viewers, variants } = await report();
  assert.equal(viewers[0]?.variant, "width=32&quality=70&rotate=90");
  assert.equal(variants.length, 1);
  const [status] = variants;
  assert.deepEqual(
    { key: status?.key, width: status?.width, height: status?.height, encodes: status?.encodes },
    { key: "width=32&quality=70&rotate=90", width: 32, height: 43, encodes: 1 },
  );
});

test("viewers that ask for the same, however they write it, share one encode", async (t) => {
  const { hand, report, view } = await serveHand(t);
  const queries = [
    "width=32&quality=70",
    "quality=070&width=32",
    "width=32&quality=70&rotate&x=1",
    "width=%2032&quality=70",
  ];
  const viewers = await Promise.all([...queries, ...queries, ...queries].map((query) => view(`/video_feed?${query}`)));
  for (const [index, picture] of [a, b, c].entries()) {
    await hand.show(picture);
    await until("all have it", () => viewers.every((viewer) => picturesOf(viewer).length === index + 1));
  }
  const { variants } = await report();
  assert.deepEqual(
    variants.map(({ key, encodes }) => [key, encodes]),
    [["width=32&quality=70", 3]],
  );
});

test("what changes nothing is the camera's own bytes, and costs no encode", async (t) => {
  const { hand, report, view } = await serveHand(t);
  const viewers = await Promise.all(
    ["width=9999", "quality=100", "fps=100", "crop=0,0,1,1", ""].map((q) => view(`/stream?${q}`)),
  );
  await hand.show(a);
  await until("all have it", () => viewers.every((viewer) => picturesOf(viewer).length === 1));
  for (const viewer of viewers) assert.deepEqual(picturesOf(viewer)[0], a);
  const { variants } = await report();
  assert.deepEqual(
    variants.map(({ key, encodes, unchanged }) => [key, encodes, unchanged]),
    [
      ["width=9999", 0, 1],
      ["quality=100", 0, 1],
    ],
  );
});

test("every name of a stream and of a snapshot takes the same query", async (t) => {
  const { hand, url, view } = await serveHand(t);
  const streams = await Promise.all(
    [
      "/video_feed?",
      "/cameras/test/video_feed?",
      "/stream?",
      "/stream.mjpg?",
      "/?action=stream&",
      "/?action=stream_0&",
      "/api/stream.mjpeg?src=test&",
    ].map((path) => view(`${path}width=16`)),
  );
  await hand.show(a);
  for (const viewer of streams) {
    const jpeg = await until("it has come", () => picturesOf(viewer)[0]);
    assert.deepEqual(sizeOf(jpeg), { width: 16, height: 12 });
  }
  for (const path of [
    "/snapshot.jpg?",
    "/cameras/test/snapshot.jpg?",
    "/snapshot?",
    "/?action=snapshot&",
    "/api/frame.jpeg?src=test&",
  ]) {
    const response = await fetch(`${url}${path}width=16&max-age=60000&fps=3`);
    assert.deepEqual(sizeOf(Buffer.from(await response.arrayBuffer())), { width: 16, height: 12 }, path);
  }
});

test("the ninth variant is answered 503 with those in use, and the others go on", async (t) => {
  const { hand, url, view } = await serveHand(t);
  const widths = [10, 11, 12, 13, 14, 15, 16, 17];
  const viewers = await Promise.all(widths.map((width) => view(`/video_feed?width=${width}`)));
  const keys = widths.map((width) => `width=${width}`);
  for (const path of ["/video_feed?width=18", "/snapshot.jpg?width=18", "/?action=stream&width=18"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 503, path);
    assert.equal(response.headers.get("retry-after"), "10");
    const { error } = (await response.json()) as { error: string };
    const [sentence, list = ""] = error.split(" Use one of them: ");
    assert.equal(sentence, "Too many variants: all 8 of this camera are in use.");
    assert.deepEqual(list.replace(/\.$/, "").split(", ").sort(), keys);
  }
  // Of those in use, and of what needs no encode, there may be more.
  viewers.push(await view("/video_feed?width=10&fps=5"), await view("/video_feed?fps=5"), await view("/video_feed"));
  await hand.show(a);
  await until("all go on", () => viewers.every((viewer) => picturesOf(viewer).length === 1));
  viewers[0]?.socket.resetAndDestroy();
  viewers[8]?.socket.resetAndDestroy();
  await until("there is room", async () => (await fetch(`${url}/snapshot.jpg?width=18&max-age=60000`)).status === 200);
});

test("numbers are written as people write them, and whatever else a value is, the answer is 400 and says what it takes", async (t) => {
  const { hand, url, view } = await serveHand(t);
  await view("/video_feed");
  await hand.show(a);
  const get = (query: string) => fetch(`${url}/snapshot.jpg?max-age=60000&${query}`);
  const wrong: Readonly<Record<string, string[]>> = {
    width: [
      "1e3",
      "0x10",
      "%2B5",
      "5.0",
      "%D9%A3",
      "1&width=2",
      "NaN",
      "-0",
      "0",
      "1%00",
      "1,000",
      "__proto__",
      "%",
      "5;x=1",
    ],
    crop: ["0,0,0,0", "0.5,0.5,0.6,0.6", "0,0,%2B1,1", "1,1,1,1", "NaN,0,1,1", "0,0,1"],
    quality: ["0", "101", "50.5", "1e1"],
    rotate: ["360", "-90", "90.0", "left", "toString"],
    fps: ["0", "0.0", "1e9", "1001", "5.", "-1"],
    flip: ["H", "vh", "constructor"],
    gray: ["yes", "&gray", "__proto__", "1&gray=0"],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const response = await get(`${name}=${value}`);
      assert.equal(response.status, 400, `${name}=${value}`);
      const { error } = (await response.json()) as { error: string };
      assert.match(error, new RegExp(`^${name} must be .+, got ["[].+\\.$`), value);
      assert.ok(error.length < 250, error);
    }
  }
  for (const query of ["width=+5", "width=%205%20", "width=0005", "crop=0,%200,1,.5", "rotate=0", "fps=.5", "gray=0"]) {
    assert.equal((await get(query)).status, 200, query);
  }
  // What is not a parameter of ours is one of somebody else's.
  for (const query of [
    "width[]=1",
    "__proto__=1",
    "__proto__[width]=1",
    "constructor=1",
    "Width=x",
    "=5",
    "&&",
    "flip=",
  ]) {
    assert.deepEqual(Buffer.from(await (await get(query)).arrayBuffer()), a, query);
  }
});

test("of a very long value the answer has the start, and nothing in it is markup", async (t) => {
  const { url } = await serveHand(t);
  for (const parameter of ["width", "overlay", "tz", "max-age", "warmup", "wait"]) {
    const response = await fetch(`${url}/snapshot.jpg?${parameter}=${"\u{1F600}".repeat(600)}`);
    assert.equal(response.status, 400);
    const { error } = (await response.json()) as { error: string };
    assert.ok(error.length < 400, `${error.length}`);
    assert.match(error, /, got "(\u{1F600})+…\.$/u);
  }
  const page = await fetch(`${url}/snapshot.jpg?width=<b>`, { headers: { Accept: ACCEPT.navigation } });
  assert.match(await page.text(), /got &#34;&lt;b&gt;&#34;/);
});

test("when the last viewer of a variant leaves nothing is encoded any more, and the camera is let go", async (t) => {
  const { hand, report, view } = await serveHand(t);
  const [plain, small] = [await view("/video_feed"), await view("/video_feed?width=32")];
  await hand.show(a);
  await until("it is encoded", async () => (await report()).variants[0]?.encodes === 1);
  small.socket.resetAndDestroy();
  await until("it has left", async () => (await report()).viewers.length === 1);
  await hand.show(b);
  await until("the other sees the next", () => picturesOf(plain).length === 2);
  assert.equal((await report()).variants[0]?.encodes, 1);
  plain.socket.resetAndDestroy();
  await until("the camera is released", () => !hand.open);
});

test("pictures that a rate leaves out are not counted as dropped: the viewer was not too slow", async (t) => {
  const { hand, report, view } = await serveHand(t, { repeatMs: 60_000 });
  const viewers = [await view("/video_feed?fps=4"), await view("/video_feed?fps=4&width=32")];
  let shown = 0;
  await until("several have come", async () => {
    await hand.show(shown++ % 2 === 0 ? a : b);
    return viewers.every((viewer) => picturesOf(viewer).length >= 3);
  });
  assert.ok(shown > 6, `${shown}`);
  for (const { dropped, variant } of (await report()).viewers) assert.equal(dropped, 0, `${variant}`);
});

test("a picture that cannot be read is skipped and counted where it would be changed, and passed on where not", async (t) => {
  const { hand, url, report, view } = await serveHand(t);
  const [plain, small] = [await view("/video_feed"), await view("/video_feed?width=32")];
  const torn = Buffer.concat([a.subarray(0, 500), Buffer.of(0xff, 0xd9)]);
  const huge = Buffer.from(b);
  let position = 2;
  while (huge[position + 1] !== 0xc0) position += 2 + huge.readUInt16BE(position + 2);
  huge.writeUInt16BE(30_000, position + 5);
  huge.writeUInt16BE(30_000, position + 7);
  await hand.show(huge);
  await until("it is counted", async () => (await report()).variants[0]?.failed === 1);
  await hand.show(torn);
  await hand.show(c);
  await until("the last is there", () => picturesOf(plain).at(-1)?.equals(c));
  assert.deepEqual(picturesOf(plain)[0], huge);
  const seen = await until("the variant shows it", () => picturesOf(small).at(-1));
  assert.deepEqual(sizeOf(seen), { width: 32, height: 24 });
  const [status] = (await report()).variants;
  assert.match(status?.lastError?.message ?? "", /^The frame /);

  const asked = fetch(`${url}/snapshot.jpg?width=32`);
  await until("it is answered", async () => {
    await hand.show(huge);
    await hand.show(a);
    return Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 5))]);
  });
  assert.equal((await asked).status, 200, "it is of the first that can be read");
});

test("a snapshot of a camera whose pictures cannot be read says so", async (t) => {
  const { hand, url } = await serveHand(t, { snapshotTimeoutMs: 300 });
  const asked = fetch(`${url}/snapshot.jpg?width=32`);
  await hand.show(tinyJpeg({ width: 30_000, height: 30_000 }));
  const response = await asked;
  assert.equal(response.status, 503);
  const { error } = (await response.json()) as { error: string };
  assert.match(error, /^Snapshot failed: no frame could be transformed: .*30000/);
});

test("ten snapshots of a variant at once share one opening, one picture and one encode", async (t) => {
  const hand = handCamera(t);
  const server = createServer(createTestApp({ cameras: [hand.camera] }));
  let arrived = 0;
  server.on("request", () => arrived++);
  const url = await listen(t, server);
  const asked = Array.from({ length: 10 }, () => fetch(`${url}/snapshot.jpg?width=32&quality=70`));
  await until("all have arrived", () => arrived === 10);
  await hand.show(a);
  const responses = await Promise.all(asked);
  const bodies = await Promise.all(responses.map(async (response) => Buffer.from(await response.arrayBuffer())));
  for (const body of bodies) assert.deepEqual(body, bodies[0]);
  assert.deepEqual(sizeOf(bodies[0] as Buffer), { width: 32, height: 24 });
  assert.equal(hand.opened, 1);
  const { frames, variants } = (await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport;
  assert.equal(frames, 1);
  assert.deepEqual(
    variants.map(({ key, encodes }) => [key, encodes]),
    [["width=32&quality=70", 1]],
  );
});

test("the page around a stream that a browser opens asks for the same variant", async (t) => {
  const { url } = await serveHand(t);
  const page = await fetch(`${url}/video_feed?width=320&gray`, { headers: { Accept: ACCEPT.navigation } });
  assert.match(await page.text(), /src="\?width=320&(amp;|#38;)?gray&(amp;|#38;)?framing=advance"/);
});

test("an overlay has the camera's title and the time of the picture's capture, not of the request", async (t) => {
  const hand = handCamera(t, { title: "Front porch" });
  const url = await serve(t, { cameras: [hand.camera] });
  const stream = ask(t, `${url}/video_feed`);
  const large = await noiseImage(320, 240);
  await headOf(stream);
  await hand.show(large);
  const at = hand.camera.status().lastFrameAt as number;
  await until("a second has passed", () => Math.floor(Date.now() / 1000) > Math.floor(at / 1000));
  const get = async (query: string) => {
    const response = await fetch(`${url}/snapshot.jpg?max-age=60000&tz=UTC&${query}`);
    assert.equal(response.status, 200, query);
    return Buffer.from(await response.arrayBuffer());
  };
  const text = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  assert.deepEqual(
    await get("overlay=name,clock"),
    await get(`overlay=text:${encodeURIComponent(`Front porch  ${text}`)}`),
  );
  // As people write it: what of a % is no code of a byte is left as it is.
  assert.deepEqual(await get("overlay=text:%H:%M:%S"), await get(`overlay=text:${text.slice(11)}`));
});

test("an overlay is one encode for all requests of the same, and has an ETag for each frame", async (t) => {
  const { hand, url, report, view } = await serveHand(t);
  const queries = ["overlay=clock&tz=UTC", "tz=utc&overlay=text:%25F%20%25T", "overlay=clock:%Y-%m-%d%20%T&tz=Etc/UTC"];
  const viewers = await Promise.all(queries.map((query) => view(`/video_feed?${query}`)));
  await hand.show(a);
  await until("all have it", () => viewers.every((viewer) => picturesOf(viewer).length === 1));
  const [status] = (await report()).variants;
  assert.deepEqual([(await report()).variants.length, status?.encodes], [1, 1]);
  const snapshot = (headers = {}) => fetch(`${url}/snapshot.jpg?max-age=60000&${queries[1]}`, { headers });
  const tag = (await snapshot()).headers.get("etag") as string;
  assert.equal((await snapshot({ "If-None-Match": tag })).status, 304);
  assert.equal((await report()).variants[0]?.encodes, 1);
  await hand.show(b);
  assert.notEqual((await snapshot()).headers.get("etag"), tag);
});

test("what is wrong with an overlay is answered 400, and bare it is a cache buster", async (t) => {
  const { hand, url, view } = await serveHand(t);
  await view("/video_feed");
  await hand.show(a);
  const get = (query: string) => fetch(`${url}/snapshot.jpg?max-age=60000&${query}`);
  for (const [query, sentence] of [
    ["overlay=time", /^overlay must be name, clock or text:TEXT, or several .*, got "time"\.$/],
    ["overlay=text:%25q", /^overlay must be text whose codes are among %Y .* %%, .*, got "text:%q"\.$/],
    ["overlay=clock&tz=Mars", /^tz must be a time zone such as Europe\/Berlin or UTC, got "Mars"\.$/],
    ["overlay-position=left", /^overlay-position must be one of top-left, top, .*, got "left"\.$/],
    ["overlay=text:a%0Ab", /^overlay must be .* got "text:a\\nb"\.$/],
    [`overlay=text:${"x".repeat(5000)}`, /^overlay must be .* up to 200 characters, got "text:x+…\.$/],
  ] as const) {
    const response = await get(query);
    assert.equal(response.status, 400, query);
    assert.match(((await response.json()) as { error: string }).error, sentence);
  }
  const bare = await get("overlay&tz&overlay-position");
  assert.deepEqual(Buffer.from(await bare.arrayBuffer()), a);
});
