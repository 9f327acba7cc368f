import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { BOUNDARY } from "../../../src/core/boundary.ts";
import { Camera } from "../../../src/core/camera.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import type { TestAppOptions } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { layoutOf } from "../../support/images/layouts.ts";
import { notedPlaceholders } from "../../support/placeholders.ts";
import { serve, testCamera } from "../../support/serve.ts";
import { ACCEPT, ask, bodyOf, headOf, type RawAnswer, send } from "../../support/sockets/raw-http.ts";
import { type LengthPart, lengthParts } from "../../support/viewers/length-parts.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const DELIMITER = `--${BOUNDARY}\r\n`;
const NEXT = `${DELIMITER}Content-Type: image/jpeg\r\n\r\n`;
const TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`;
const a = tinyJpeg({ label: "a" });
const b = tinyJpeg({ label: "another" });

/** A server with one camera whose pictures the test gives by hand. */
async function serveHand(t: TestContext, parts: Partial<TestAppOptions> = {}) {
  const hand = handCamera(t);
  // On a busy machine nothing is repeated between two frames of a test.
  const url = await serve(t, { cameras: [hand.camera], repeatMs: 600_000, ...parts });
  const report = async () => (await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport;
  return { hand, url, report };
}

function isCard({ header }: LengthPart): boolean {
  return header.includes("X-Stillstream-Online: 0");
}

async function framingOf(answer: RawAnswer): Promise<"length" | "advance"> {
  const start = (await bodyOf(answer, `${DELIMITER}Content-`.length)).toString();
  await until("its first header has come", () => answer.body().includes("\r\n\r\n"));
  assert.equal(start, `${DELIMITER}Content-`);
  return answer.body().includes("Content-Length") ? "length" : "advance";
}

test("a stream's headers are these, and none other", async (t) => {
  const { url } = await serveHand(t);
  const [status, ...lines] = await until("the head has come", ask(t, `${url}/video_feed`).head);
  assert.equal(status, "HTTP/1.1 200 OK");
  assert.deepEqual(lines.map((line) => line.replace(/^Date: .*/, "Date")).sort(), [
    "Access-Control-Allow-Origin: *",
    "Access-Control-Expose-Headers: Age, X-Timestamp, Retry-After, X-Stillstream-Online",
    "Cache-Control: no-store, no-cache, must-revalidate, max-age=0",
    "Connection: close",
    "Content-Security-Policy: sandbox; default-src 'none'",
    `Content-Type: ${TYPE}`,
    "Cross-Origin-Resource-Policy: cross-origin",
    "Date",
    "Pragma: no-cache",
    "Vary: Origin, Accept, Sec-Fetch-Dest",
    "X-Accel-Buffering: no",
    "X-Content-Type-Options: nosniff",
  ]);
});

test("the first boundary goes out at once, before the camera has any picture", async (t) => {
  const { hand, url } = await serveHand(t);
  const programs = ask(t, `${url}/video_feed`);
  const browsers = ask(t, `${url}/video_feed?framing=advance`);
  assert.equal((await bodyOf(programs, DELIMITER.length)).toString(), DELIMITER);
  assert.equal((await bodyOf(browsers, NEXT.length)).toString(), NEXT);
  assert.equal(hand.camera.status().frames, 0);
});

test("in length framing the stream is one part per picture, byte for byte, and in advance framing too", async (t) => {
  const { hand, url } = await serveHand(t);
  const programs = ask(t, `${url}/video_feed?framing=length`);
  const browsers = ask(t, `${url}/video_feed?framing=advance`);
  await Promise.all([headOf(programs), headOf(browsers)]);
  const times: string[] = [];
  for (const jpeg of [a, b]) {
    await hand.show(jpeg);
    times.push(((hand.camera.status().lastFrameAt as number) / 1000).toFixed(6));
    await until("both have it", () => programs.body().includes(jpeg) && browsers.body().includes(jpeg));
  }
  const header = (jpeg: Buffer, time: string | undefined) =>
    `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\nX-Timestamp: ${time}\r\n\r\n`;
  const length = [DELIMITER, header(a, times[0]), a, `\r\n${DELIMITER}`, header(b, times[1]), b, `\r\n${DELIMITER}`];
  const advance = [NEXT, a, `\r\n${NEXT}`, b, `\r\n${NEXT}`];
  for (const [answer, pieces] of [[programs, length] as const, [browsers, advance] as const]) {
    const expected = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    assert.equal((await bodyOf(answer, expected.length)).toString("latin1"), expected.toString("latin1"));
  }
});

test("what a client accepts chooses its framing", async (t) => {
  const { hand, url } = await serveHand(t);
  const cases = {
    [ACCEPT.chromiumImage]: "advance",
    [ACCEPT.firefoxImage]: "advance",
    [ACCEPT.java]: "length",
    [ACCEPT.curl]: "length",
    "": "length",
    "text/html": "length",
  };
  for (const [accept, framing] of Object.entries(cases)) {
    const answer = ask(t, `${url}/video_feed`, { headers: accept === "" ? {} : { Accept: accept } });
    await headOf(answer);
    await hand.show(a);
    assert.equal(await framingOf(answer), framing, accept);
  }
});

test("?framing= overrules what the client accepts; bare it is ignored", async (t) => {
  const { hand, url } = await serveHand(t);
  const cases: Array<[query: string, accept: string, framing: string]> = [
    ["framing=length", ACCEPT.chromiumImage, "length"],
    ["framing=advance", ACCEPT.curl, "advance"],
    ["framing", ACCEPT.curl, "length"],
    ["framing=", ACCEPT.chromiumImage, "advance"],
  ];
  for (const [query, accept, framing] of cases) {
    const answer = ask(t, `${url}/video_feed?${query}`, { headers: { Accept: accept } });
    assert.match((await headOf(answer)).headers["content-type"] ?? "", /^multipart/);
    await hand.show(a);
    assert.equal(await framingOf(answer), framing, `${query} ${accept}`);
  }
});

test("a framing there is not is answered 400, with those there are", async (t) => {
  const { url } = await serveHand(t);
  const response = await fetch(`${url}/video_feed?framing=chunky`);
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), { error: 'framing must be length or advance, got "chunky".' });
});

for (const path of [
  "/video_feed",
  "/video_feed?1608&x=%20y",
  "/?action=stream_0?x",
  "/cameras/test/video_feed?framing",
  "/video_feed?framing=length",
  "/?action=stream&framing=advance",
]) {
  test(`a browser that navigates to ${path} gets a page around the stream, with its query`, async (t) => {
    const { hand, url } = await serveHand(t);
    const response = await fetch(`${url}${path}`, { headers: { Accept: ACCEPT.navigation } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(response.headers.get("cache-control") ?? "", /no-store/);
    assert.match(response.headers.get("vary") ?? "", /Accept/);
    const html = await response.text();
    const src = (/<img src="([^"]*)"/.exec(html)?.[1] ?? "").replaceAll("&amp;", "&");
    assert.match(src, /^\?(.+&)?framing=advance$/);
    const query = path.split("?").slice(1).join("?");
    if (!query.includes("framing")) assert.ok(src.startsWith(query === "" ? "?framing" : `?${query}&`), src);
    assert.equal(hand.opened, 0, "a page opens no camera");

    const stream = ask(t, String(new URL(src, `${url}${path}`)), { headers: { Accept: ACCEPT.chromiumImage } });
    assert.equal((await headOf(stream)).headers["content-type"], TYPE);
    assert.equal((await bodyOf(stream, NEXT.length)).toString(), NEXT);
  });
}

test("whatever browsers show as a document is a page, and never a stream, whatever its framing", async (t) => {
  const { url } = await serveHand(t);
  const cases: [destination: string, isPage: boolean][] = [
    ...["document", "iframe", "frame", "object", "embed"].map((destination): [string, boolean] => [destination, true]),
    ...["image", "empty", "video", "nonsense"].map((destination): [string, boolean] => [destination, false]),
  ];
  for (const [destination, isPage] of cases) {
    for (const query of ["", "?framing=length", "?framing=advance", "?advance_headers=1"]) {
      const headers = { Accept: "*/*", "Sec-Fetch-Dest": destination };
      const answer = await headOf(ask(t, `${url}/video_feed${query}`, { headers }));
      const type = isPage ? "text/html; charset=utf-8" : TYPE;
      assert.equal(answer.headers["content-type"], type, `${destination} ${query}`);
      assert.match(answer.headers["vary"] ?? "", /Sec-Fetch-Dest/);
    }
  }
});

test("a frame that holds the boundary reaches no viewer, and is counted", async (t) => {
  const { hand, url, report } = await serveHand(t);
  const viewer = ask(t, `${url}/video_feed?framing=length`);
  await headOf(viewer);
  await hand.show(a);
  for (const label of [BOUNDARY, `x${NEXT}<script>`, `\n--${BOUNDARY}--`]) await hand.show(tinyJpeg({ label }));
  await hand.show(b);
  await until("it has the next", () => viewer.body().includes(b));
  assert.deepEqual(
    lengthParts(viewer.body()).map(({ jpeg }) => jpeg.compare(a) === 0 || jpeg.compare(b) === 0),
    [true, true],
  );
  const { dropped, frames } = await report();
  assert.deepEqual({ dropped, frames }, { dropped: 3, frames: 2 });
});

test("a stream with a path of // is no trouble for a browser that navigates there", async (t) => {
  const { url } = await serveHand(t);
  const answer = ask(t, `${url}//?action=stream`, { headers: { Accept: ACCEPT.navigation } });
  assert.ok((await headOf(answer)).status < 500);
});

test("while nothing new comes the last picture is sent again each second", async (t) => {
  const time = virtualTime(t);
  const { hand, url } = await serveHand(t, { repeatMs: undefined });
  const answer = ask(t, `${url}/video_feed`);
  await headOf(answer);
  await hand.show(a);
  for (let count = 1; count <= 3; count++) {
    await until("it has come once more", () => lengthParts(answer.body()).length === count);
    await time.advance(count < 3 ? 1000 : 999);
  }
  await hand.show(b);
  await until("the next one comes", () => answer.body().includes(b));
  const parts = lengthParts(answer.body());
  assert.deepEqual(
    parts.map(({ jpeg }) => jpeg),
    [a, a, a, b],
  );
  for (const { header } of parts.slice(0, 3)) {
    assert.equal(header, parts[0]?.header, "its time is that of its capture");
  }
  assert.equal(hand.camera.status().frames, 2);
});

test("a camera that is faster than the repetition has nothing sent twice", async (t) => {
  const time = virtualTime(t);
  const { hand, url } = await serveHand(t, { repeatMs: undefined });
  const answer = ask(t, `${url}/video_feed`);
  await headOf(answer);
  const frames = Array.from({ length: 7 }, (_, number) => tinyJpeg({ label: `number ${number}` }));
  for (const frame of frames) {
    await time.advance(999);
    await hand.show(frame);
    await until("it has come", () => answer.body().includes(frame));
  }
  assert.deepEqual(
    lengthParts(answer.body()).map(({ jpeg }) => jpeg),
    frames,
  );
});

for (const path of ["/video_feed", "/cameras/test/video_feed", "/?action=stream", "/snapshot.jpg", "/api/frame.jpeg"]) {
  test(`HEAD ${path} gives the headers alone, and opens no camera`, async (t) => {
    const { hand, url, report } = await serveHand(t);
    const answer = ask(t, `${url}${path}`, { method: "HEAD", headers: { Connection: "close" } });
    const { status, headers } = await headOf(answer);
    assert.equal(status, 200);
    const isStream = /feed|stream/.test(path);
    assert.equal(headers["content-type"], isStream ? TYPE : "image/jpeg");
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.match(headers["cache-control"] ?? "", /no-store/);
    await until("the connection ends", () => answer.ended);
    assert.equal(answer.body().length, 0);
    assert.equal(hand.opened, 0);
    assert.deepEqual((await report()).viewers, []);
  });
}

test("an HTTP/1.0 client gets the same body, not chunked", async (t) => {
  const { hand, url } = await serveHand(t);
  const answer = ask(t, `${url}/video_feed`, { version: "1.0" });
  const { status, headers } = await headOf(answer);
  assert.equal(status, 200);
  assert.equal(headers["connection"], "close");
  assert.equal(headers["transfer-encoding"], undefined);
  await hand.show(a);
  const [part] = await until("a part has come", () => {
    const parts = lengthParts(answer.body());
    return parts.length > 0 ? parts : undefined;
  });
  assert.deepEqual(part?.jpeg, a);
});

test("two viewers share one opening of the camera, and each has its place in the status", async (t) => {
  const { hand, url } = await serveHand(t);
  const viewers = [
    ask(t, `${url}/video_feed?key=kitchen`),
    ask(t, `${url}/stream`, { headers: { Accept: "image/*" } }),
  ];
  await Promise.all(viewers.map(headOf));
  await hand.show(a);
  await until("both have it", () => viewers.every((viewer) => viewer.body().includes(a)));
  assert.equal(hand.opened, 1);
  const response = await fetch(`${url}/api/cameras/test?key=kitchen`);
  const { viewers: status } = (await response.json()) as CameraReport;
  assert.deepEqual(
    status.map(({ key, framing, variant, dropped }) => ({ key, framing, variant, dropped })),
    [
      { key: "kitchen", framing: "length", variant: null, dropped: 0 },
      { key: null, framing: "advance", variant: null, dropped: 0 },
    ],
  );
  assert.deepEqual(
    status.map(({ address }) => address),
    viewers.map(({ socket }) => `127.0.0.1:${socket.localPort}`),
  );
  assert.notEqual(status[0]?.id, status[1]?.id);
});

test("a client's key is cut when it is long, and left out when it is bare", async (t) => {
  const { url } = await serveHand(t);
  await headOf(ask(t, `${url}/video_feed?key=${"k".repeat(500)}`));
  await headOf(ask(t, `${url}/video_feed?key`));
  assert.deepEqual(
    ((await (await fetch(`${url}/api/cameras/test?key=${"k".repeat(64)}`)).json()) as CameraReport).viewers.map(
      ({ key }) => key,
    ),
    ["k".repeat(64), null],
  );
});

test("a viewer that leaves before the first picture is forgotten, and the camera released after its linger", async (t) => {
  const time = virtualTime(t);
  const hand = handCamera(t, { lingerMs: 10_000 });
  const url = await serve(t, { cameras: [hand.camera] });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await until("the camera is open", () => hand.open);
  const report = async () => (await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport;
  assert.equal((await report()).viewers.length, 1);
  viewer.socket.resetAndDestroy();
  await until("it is forgotten", async () => (await report()).viewers.length === 0);
  await time.advance(9999);
  assert.equal(hand.open, true, "the camera lingers");
  await time.advance(1);
  await until("the camera is released", () => !hand.open);
  assert.equal((await report()).state, "idle");
});

test("a viewer that hangs up between pictures is forgotten without an error", async (t) => {
  const errors: unknown[] = [];
  const { hand, url, report } = await serveHand(t, { onError: (error) => errors.push(error) });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await hand.show(a);
  await until("it has the picture", () => viewer.body().includes(a));
  viewer.socket.resetAndDestroy();
  await until("it is forgotten", async () => (await report()).viewers.length === 0);
  await until("the camera is released", () => !hand.open);
  assert.deepEqual(errors, []);
});

test("a viewer that only closes its sending side leaves no error and no viewer behind", async (t) => {
  const errors: unknown[] = [];
  const { hand, url, report } = await serveHand(t, { onError: (error) => errors.push(error) });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await hand.show(a);
  viewer.socket.end();
  await until("its connection ends", async () => {
    if (hand.open) await hand.show(b).catch(() => {});
    return viewer.ended;
  });
  await until("it is forgotten", async () => (await report()).viewers.length === 0);
  assert.deepEqual(errors, []);
});

test("a stream asked for behind another on the same connection leaves nothing when that connection ends", async (t) => {
  const { hand, url, report } = await serveHand(t);
  const request = "GET /video_feed HTTP/1.1\r\nHost: x\r\n\r\n";
  const viewer = send(t, url, request + request);
  await headOf(viewer);
  await until("the camera is open", () => hand.open);
  viewer.socket.resetAndDestroy();
  await until("nobody is left", async () => (await report()).viewers.length === 0);
  await until("the camera is released", () => !hand.open);
});

test("a stream asked for behind a short answer on the same connection is sent after it", async (t) => {
  const { hand, url } = await serveHand(t);
  const ending = "HTTP/1.1\r\nHost: x\r\n\r\n";
  const viewer = send(t, url, `GET /snapshot.jpg?max-age=1 ${ending}GET /video_feed ${ending}`);
  await hand.show(a);
  await until("the snapshot has come", () => viewer.body().includes(a));
  await until("the stream has begun", () => viewer.body().includes(`\r\n\r\n${DELIMITER}`));
});

test("when the camera closes its viewers' streams end", async (t) => {
  const { hand, url } = await serveHand(t);
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await hand.show(a);
  await hand.camera.close();
  await until("the stream ends", () => viewer.ended);
  assert.deepEqual(lengthParts(viewer.body())[0]?.jpeg, a);
});

test("when the camera fails and comes back its viewers stay, and see what comes then", async (t) => {
  const { hand, url, report } = await serveHand(t);
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await hand.show(a);
  hand.fail(new Error("unplugged"));
  await until("it is opened again", () => hand.opened === 2);
  await hand.show(b);
  await until("its picture comes", () => viewer.body().includes(b));
  assert.equal((await report()).viewers.length, 1);
});

test("while the camera is offline its viewers get its placeholder once a second, and then its frames at once", async (t) => {
  const time = virtualTime(t);
  const { placeholders, drawn } = notedPlaceholders();
  const { hand, url, report } = await serveHand(t, { placeholders, repeatMs: undefined });
  const program = ask(t, `${url}/video_feed`);
  const browser = ask(t, `${url}/video_feed?framing=advance`);
  await Promise.all([headOf(program), headOf(browser)]);
  for (let round = 0; round < 3; round++) {
    await hand.show(a);
    await until("it is sent", () => lengthParts(program.body()).length > round);
  }
  hand.fail(new Error("unplugged"));
  const card = await time.until("a placeholder has come twice", () => {
    const parts = lengthParts(program.body()).filter(isCard);
    return parts.length >= 2 ? parts.at(-1)?.jpeg : undefined;
  });
  await until("the browser has it too", () => browser.body().includes(card));
  assert.deepEqual(layoutOf(card), layoutOf(a), "it is laid out as the camera's pictures are");
  const { viewers, frames } = await report();
  assert.deepEqual([viewers.map((viewer) => viewer.card), frames], [[true, true], 3]);
  assert.equal(drawn[0]?.problem, "The camera is offline", "why is not for everybody");

  await hand.show(b);
  await until("its picture comes", () => program.body().includes(b) && browser.body().includes(b));
  const parts = lengthParts(program.body());
  assert.equal(parts.filter(({ jpeg }) => jpeg.equals(b)).length > 0, true);
  const after = (await report()).viewers;
  assert.deepEqual(
    after.map(({ card, dropped }) => ({ card, dropped })),
    [
      { card: false, dropped: 0 },
      { card: false, dropped: 0 },
    ],
  );
  assert.ok(
    after.every(({ lagMs }) => lagMs < 900),
    "the time without pictures is nobody's lag",
  );
});

test("a camera that is back within a second shows no placeholder", async (t) => {
  const time = virtualTime(t);
  const { placeholders, drawn } = notedPlaceholders();
  const { hand, url } = await serveHand(t, { placeholders, repeatMs: undefined });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  for (let round = 0; round < 4; round++) {
    await hand.show(round % 2 === 0 ? a : b);
    await time.advance(450);
    hand.fail(new Error("shaken"));
    await time.until("it is open again", () => hand.opened === round + 2);
    await time.advance(400);
  }
  await hand.show(a);
  await until("all is seen", () => lengthParts(viewer.body()).length >= 5);
  assert.deepEqual([drawn, lengthParts(viewer.body()).filter(isCard)], [[], []]);
});

test("a browser that opens the stream of a starting camera sees its placeholder; a program waits for a frame", async (t) => {
  const { placeholders, drawn } = notedPlaceholders();
  const { hand, url } = await serveHand(t, { placeholders, repeatMs: 50 });
  const program = ask(t, `${url}/video_feed`);
  const browser = ask(t, `${url}/video_feed`, { headers: { Accept: ACCEPT.chromiumImage } });
  await until("the browser has one", () => browser.body().length > 5000);
  assert.equal(drawn[0]?.problem, "Starting");
  assert.equal(program.body().toString(), DELIMITER);
  hand.fail(new Error("unplugged"));
  const [part] = await until("now the program has one too", () => {
    const parts = lengthParts(program.body());
    return parts.length > 0 ? parts : undefined;
  });
  assert.match(part?.header ?? "", /X-Stillstream-Online: 0/);
  const { width, height } = layoutOf(part?.jpeg as Buffer) ?? {};
  assert.deepEqual([width, height], [1280, 720]);
});

test("with strict no placeholder is sent, but the last frame again, and nothing before the first", async (t) => {
  const { hand, url, report } = await serveHand(t, { repeatMs: 50 });
  const viewer = ask(t, `${url}/video_feed?strict`);
  const other = ask(t, `${url}/video_feed`);
  await Promise.all([headOf(viewer), headOf(other)]);
  hand.fail(new Error("unplugged"));
  await until("the other has a placeholder", () => lengthParts(other.body()).filter(isCard).length > 0);
  assert.equal(viewer.body().toString(), DELIMITER);
  await hand.show(a);
  hand.fail(new Error("unplugged"));
  const placeholders = lengthParts(other.body()).filter(isCard).length;
  await until("the other has more", () => lengthParts(other.body()).filter(isCard).length > placeholders + 2);
  const parts = await until("so has the viewer", () => {
    const parts = lengthParts(viewer.body());
    return parts.length >= 3 ? parts : undefined;
  });
  for (const { jpeg } of parts) assert.deepEqual(jpeg, a);
  assert.deepEqual(
    (await report()).viewers.map(({ card }) => card),
    [false, true],
  );
});

test("no placeholder is drawn without a viewer that accepts it", async (t) => {
  const { placeholders, drawn } = notedPlaceholders();
  const time = virtualTime(t);
  const { hand, url } = await serveHand(t, { placeholders, repeatMs: undefined });
  await headOf(ask(t, `${url}/video_feed`));
  await until("it is open", () => hand.open);
  await headOf(ask(t, `${url}/video_feed?strict&framing=advance`));
  await time.advance(5000);
  assert.deepEqual(drawn, [], "one waits for a true picture, and one takes nothing else");
  await headOf(ask(t, `${url}/video_feed?framing=advance`));
  await time.until("one is drawn for the third", () => drawn.length > 0);
});

test("a new viewer of an offline camera that others watch does not see its old frame first", async (t) => {
  const hand = handCamera(t, { isAlwaysOn: true, pauses: { minPauseMs: 60_000, maxPauseMs: 60_000 } });
  hand.camera.start();
  const url = await serve(t, { cameras: [hand.camera] });
  await hand.show(a);
  hand.fail(new Error("unplugged"));
  await until("it is gone", () => !hand.camera.isOnline);
  const viewer = ask(t, `${url}/video_feed`);
  const [first] = await until("something comes", () => {
    const parts = lengthParts(viewer.body());
    return parts.length > 0 ? parts : undefined;
  });
  assert.equal(first !== undefined && isCard(first), true);
});

test("fifty viewers and as many snapshots cost one drawing", async (t) => {
  const { placeholders, drawn } = notedPlaceholders();
  const pauses = { minPauseMs: 60_000, maxPauseMs: 60_000 };
  const hand = handCamera(t, { pauses });
  const url = await serve(t, { cameras: [hand.camera], placeholders, repeatMs: 50 });
  const viewers = Array.from({ length: 50 }, () => ask(t, `${url}/video_feed`));
  await Promise.all(viewers.map(headOf));
  await hand.show(a);
  hand.fail(new Error("unplugged"));
  await until("it is gone", () => !hand.camera.isOnline);
  const snapshots = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/snapshot.jpg`)));
  const placeholdersSeen = await Promise.all(snapshots.map(async (one) => Buffer.from(await one.arrayBuffer())));
  await until("all viewers have it three times", () =>
    viewers.every((viewer) => lengthParts(viewer.body()).filter(isCard).length >= 3),
  );
  assert.equal(drawn.length, 1);
  assert.ok(placeholdersSeen.every((card) => card.equals(placeholdersSeen[0] as Buffer)));
});

test("if no placeholder can be drawn the last frame is repeated", async (t) => {
  const failures: unknown[] = [];
  const placeholders = new Placeholders({
    draw: () => Promise.reject(new Error("Cannot find package 'sharp'")),
    onFailure: (error) => failures.push(error),
  });
  const { hand, url, report } = await serveHand(t, { placeholders, repeatMs: 30 });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await hand.show(a);
  for (const message of ["unplugged", "still unplugged"]) {
    await until("it is open", () => hand.open);
    hand.fail(new Error(message));
    const { length } = lengthParts(viewer.body());
    await until("it is repeated", () => lengthParts(viewer.body()).length > length + 3);
  }
  for (const { jpeg } of lengthParts(viewer.body())) assert.deepEqual(jpeg, a);
  assert.equal(failures.length, 1, "it is said once");
  assert.equal((await report()).viewers[0]?.card, false);
});

test("over the limit a viewer is answered 503 with Retry-After, as JSON, until a place is free", async (t) => {
  const { url, report } = await serveHand(t, { maxViewers: 2 });
  const viewers = [ask(t, `${url}/video_feed`), ask(t, `${url}/video_feed`)];
  await Promise.all(viewers.map(headOf));
  const refused = await fetch(`${url}/video_feed`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "10");
  assert.equal(refused.headers.get("access-control-allow-origin"), "*");
  assert.match(refused.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(await refused.json(), { error: "Too many viewers: all 2 slots are taken. Try again later." });
  assert.equal((await fetch(`${url}/api/cameras`)).status, 200, "it is viewers that are limited");
  viewers[0]?.socket.resetAndDestroy();
  await until("a place is free", async () => (await report()).viewers.length === 1);
  assert.equal((await headOf(ask(t, `${url}/video_feed`))).status, 200);
});

test("each viewer's socket is prepared once, and no other socket", async (t) => {
  const tuned: Array<number | undefined> = [];
  const { url } = await serveHand(t, { tuneSocket: ({ remotePort }) => tuned.push(remotePort) });
  await fetch(`${url}/api/cameras`);
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  assert.deepEqual(tuned, [viewer.socket.localPort]);
});

test("the app opens no camera by itself, nor does looking at the status", async (t) => {
  let opened = 0;
  const camera = testCamera(t, {
    async *open() {
      opened++;
      yield a;
    },
  });
  const url = await serve(t, { cameras: [camera] });
  assert.ok(camera instanceof Camera);
  for (const path of ["/", "/cameras/test", "/api/cameras", "/healthz", "/state"])
    await (await fetch(url + path)).text();
  assert.equal(opened, 0);
});
