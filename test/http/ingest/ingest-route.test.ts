import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, runPublisher, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../../support/images/jpegs.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { ask, headOf, send } from "../../support/sockets/raw-http.ts";
import { needs, needsPython } from "../../support/tools.ts";
import { watchStream } from "../../support/viewers/watch-stream.ts";

const JPEGS = FAKE_FRAMES.map((path) => readFileSync(path));
const skipCurl = needs("curl");
const skipFfmpeg = needs("ffmpeg");
const skipPython = needsPython("ssl", "python3");

async function serve(t: TestContext, options: Parameters<typeof pushCamera>[1] = {}) {
  const phone = pushCamera(t, options);
  const server = await servePush(t, [phone], { others: [handCamera(t, { name: "door", title: "Front door" }).camera] });
  return { ...phone, ...server, frames: `${server.url}/cameras/phone/frames` };
}

/** Returns what curl prints, whatever its exit status. */
async function curl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("curl", ["-sS", "--max-time", "20", ...args], { encoding: "utf8" });
  return stdout;
}

test("a posted JPEG is shown bit for bit and counted, even without viewers", async (t) => {
  const { post, shown, report } = await serve(t);
  const response = await post(JPEGS[0] as Buffer);
  assert.equal(response.status, 202);
  assert.match(response.headers.get("cache-control") ?? "", /no-store/);
  assert.deepEqual(await response.json(), { frames: 1, skipped: 0 });
  assert.deepEqual(shown, [JPEGS[0]]);
  const { state, frames, width, height, sender } = await report();
  assert.deepEqual([state, frames, width, height, sender?.frames], ["live", 1, 1280, 720, 1]);
  assert.match(sender?.address ?? "", /^127\.0\.0\.1:\d+$/);
});

test("a posted frame reaches a viewer", async (t) => {
  const { url, post } = await serve(t);
  const viewer = watchStream(t, `${url}/cameras/phone/video_feed`);
  for (const jpeg of JPEGS) {
    await post(jpeg);
    await until("the viewer has it", () => viewer.pictures.at(-1)?.equals(jpeg));
  }
});

test("JPEGs of any image type are accepted, and other formats converted", async (t) => {
  const { post, shown } = await serve(t);
  const jpeg = JPEGS[1] as Buffer;
  const types = [
    "image/jpeg",
    "image/jpg; charset=binary",
    "IMAGE/PNG",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "video/x-motion-jpeg",
    "video/mjpeg",
    "multipart/x-mixed-replace; boundary=frame",
  ];
  for (const type of types) {
    const response = await post(jpeg, { "Content-Type": type });
    assert.deepEqual([type, response.status, await response.json()], [type, 202, { frames: 1, skipped: 0 }]);
  }
  assert.ok(shown.every((picture) => picture.equals(jpeg)));
  const png = await sharp(jpeg).resize(320).png().toBuffer();
  assert.equal((await post(png, { "Content-Type": "image/png" })).status, 202);
  const { width } = await sharp(shown.at(-1)).metadata();
  assert.deepEqual([width, shown.at(-1)?.readUInt16BE(0)], [320, 0xffd8]);
});

test("curl uploads a file, a form with a file, and concatenated images from a pipe", { skip: skipCurl }, async (t) => {
  const { frames, shown } = await serve(t);
  const one = '{"frames":1,"skipped":0}';
  assert.equal(await curl("--data-binary", `@${FAKE_FRAMES[0]}`, frames), one);
  assert.equal(await curl("-H", "Content-Type: image/jpeg", "--data-binary", `@${FAKE_FRAMES[0]}`, frames), one);
  assert.equal(await curl("-F", `file=@${FAKE_FRAMES[0]}`, frames), one);
  assert.equal(await curl("-T", FAKE_FRAMES[0] as string, frames), one);
  assert.ok(shown.every((picture) => picture.equals(JPEGS[0] as Buffer)));
  const child = spawn("curl", ["-sS", "-T", "-", frames]);
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (answer += text));
  for (const [index, jpeg] of JPEGS.entries()) {
    child.stdin.write(jpeg);
    // Each is shown while the request is open.
    await until("it is shown", () => shown.length === 5 + index);
  }
  child.stdin.end();
  await once(child, "close");
  assert.equal(answer, '{"frames":3,"skipped":0}');
  assert.deepEqual(shown.slice(4), JPEGS);
});

test("ffmpeg's mpjpeg is accepted by POST and by PUT", { skip: skipFfmpeg }, async (t) => {
  const { frames, shown, report } = await serve(t);
  const input = ["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-frames:v", "15"];
  for (const [index, more] of [
    [],
    ["-method", "PUT", "-content_type", "multipart/x-mixed-replace;boundary=ffmpeg"],
  ].entries()) {
    const child = spawn("ffmpeg", [...input, "-f", "mpjpeg", ...more, frames], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await until("some are shown while it sends", () => shown.length > index * 15);
    assert.equal((await report()).online, true);
    await once(child, "close");
    await until("all are shown", () => shown.length === (index + 1) * 15);
    await until("it is known to have gone", async () => (await report()).sender === null);
  }
});

test("uploads as programs and sketches send them all arrive", { skip: skipPython }, async (t) => {
  const { frames, shown, report } = await serve(t);
  const single = { status: 202, body: { frames: 1, skipped: 0 } };
  assert.deepEqual(await runPublisher("script", frames), [single, single, single]);
  assert.deepEqual(await runPublisher("form", frames), [single, single, single]);
  assert.deepEqual(await runPublisher("chunked", frames), [{ status: 202, body: { frames: 3, skipped: 0 } }]);
  assert.deepEqual(await runPublisher("endless", frames), [{ sent: 3 }]);
  await until("all are shown", () => shown.length === 12);
  assert.deepEqual(shown, [JPEGS, JPEGS, JPEGS, JPEGS].flat());
  assert.equal((await report()).dropped, 0);
  const [leave, answer] = await runPublisher("expects", frames);
  assert.deepEqual([leave, answer], [{ leave: "HTTP/1.1 100 Continue\r\n\r\n" }, single]);
});

test("uploads by HTTP/1.0, and with a request for HTTP/2, are accepted", { skip: skipCurl }, async (t) => {
  const { frames, shown } = await serve(t);
  const data = ["--data-binary", `@${FAKE_FRAMES[2]}`, frames];
  assert.equal(await curl("--http1.0", ...data), '{"frames":1,"skipped":0}');
  assert.equal(await curl("--http2", ...data), '{"frames":1,"skipped":0}');
  assert.equal(shown.length, 2);
});

const WRONG: Record<
  string,
  [status: number, sentence: string, body: Uint8Array | string, headers: Record<string, string>]
> = {
  "an empty body": [400, "Empty body. Send one or more images.", "", { "Content-Type": "image/jpeg" }],
  text: [
    415,
    "Unsupported type: text/plain. Send image/jpeg, another image type, or multipart/x-mixed-replace.",
    "hello",
    { "Content-Type": "text/plain" },
  ],
  "a drawing": [
    415,
    "Unsupported type: image/svg+xml. Send image/jpeg, another image type, or multipart/x-mixed-replace.",
    "<svg/>",
    { "Content-Type": "image/svg+xml" },
  ],
  "a film": [
    415,
    "Unsupported type: video/mp4. Send image/jpeg, another image type, or multipart/x-mixed-replace.",
    "ftyp",
    { "Content-Type": "video/mp4" },
  ],
  "a form": [
    415,
    "This is a form, not an image. Set Content-Type: image/jpeg, and send the image as it is.",
    "a=b",
    { "Content-Type": "application/x-www-form-urlencoded" },
  ],
  "a format of others": [
    415,
    "The image has an unknown format. Send a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF.",
    "BM of Windows",
    { "Content-Type": "image/bmp" },
  ],
  "a compressed body": [
    415,
    "Unsupported encoding: gzip. Send the body uncompressed.",
    "x",
    { "Content-Type": "image/jpeg", "Content-Encoding": "gzip" },
  ],
  "half a picture": [
    400,
    "No complete JPEG in the body.",
    tinyJpeg().subarray(0, 20),
    { "Content-Type": "image/jpeg" },
  ],
  "a page of another origin": [
    403,
    "Not allowed: pages of https://evil.example cannot change anything here. Use this server's own pages.",
    tinyJpeg(),
    { "Content-Type": "image/jpeg", Origin: "https://evil.example" },
  ],
};

for (const [what, [status, sentence, body, headers]] of Object.entries(WRONG)) {
  test(`${what} is answered ${status} in one sentence, and shows nothing`, async (t) => {
    const { post, shown } = await serve(t);
    const response = await post(body, headers);
    assert.deepEqual([response.status, await response.json()], [status, { error: sentence }]);
    assert.deepEqual(shown, []);
    assert.equal((await post(JPEGS[0] as Buffer)).status, 202);
  });
}

test("a camera that does not accept uploads is answered 404 with the reason, as is an unknown one", async (t) => {
  const { url } = await serve(t);
  const answers = await Promise.all(
    ["door", "attic"].map(async (name) => {
      const response = await fetch(`${url}/cameras/${name}/frames`, { method: "POST", body: "x" });
      return [response.status, ((await response.json()) as { error: string }).error];
    }),
  );
  assert.deepEqual(answers, [
    [404, 'Camera "Front door" does not accept uploads: its driver is "test", not "push".'],
    [404, 'Camera "attic" not found. Cameras: phone, door.'],
  ]);
});

test("an endless upload to a wrong URL is refused, and its connection closed", async (t) => {
  const { url, web } = await serve(t);
  for (const [path, status] of [
    ["/cameras/attic/frames", 404],
    ["/cameras/door/frames", 404],
    ["/nowhere", 405],
  ] as const) {
    const stream = ask(t, url + path, { method: "POST", headers: { "Transfer-Encoding": "chunked" } });
    stream.socket.on("error", () => {});
    const timer = setInterval(() => stream.socket.write("1\r\nx\r\n"), 10);
    t.after(() => clearInterval(timer));
    const { status: answered, headers } = await headOf(stream);
    assert.deepEqual([answered, headers["connection"]], [status, "close"]);
    await until("it is closed", () => stream.ended);
    clearInterval(timer);
  }
  assert.ok(web.server.listening);
});

test("other methods than POST and PUT are answered 405 for uploads", async (t) => {
  const { frames } = await serve(t);
  const response = await fetch(frames);
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST, PUT, OPTIONS");
  assert.equal((await fetch(frames, { method: "OPTIONS" })).headers.get("allow"), "POST, PUT, OPTIONS");
});

test("incomplete frames are counted, and those between them shown", async (t) => {
  const { post, shown, report } = await serve(t);
  const [one, two] = [tinyJpeg({ label: "one" }), tinyJpeg({ label: "two" })];
  const half = heavyJpeg(1000).subarray(0, 500);
  const response = await post(Buffer.concat([one, half, two, half, one]), {
    "Content-Type": "multipart/x-mixed-replace",
  });
  assert.deepEqual(await response.json(), { frames: 3, skipped: 2 });
  assert.deepEqual(shown, [one, two, one]);
  assert.equal((await report()).dropped, 2);
});

test("an image that is too large is answered 413, which curl shows although it was still sending", {
  skip: skipCurl,
}, async (t) => {
  const { frames, report } = await serve(t);
  const child = spawn("curl", ["-sS", "-w", " %{http_code}", "-H", "Content-Type: image/jpeg", "-T", "-", frames]);
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (answer += text));
  child.stdin.on("error", () => {});
  // Far more than the system buffers: curl waits for its input after sending all of it.
  child.stdin.write(Buffer.concat([tinyJpeg().subarray(0, -2), Buffer.alloc(100_000_000, 0x5a)]));
  await once(child, "close");
  assert.equal(answer, '{"error":"The image is over 16 MB. Send a smaller one."} 413');
  assert.equal((await report()).sender, null);
  const announced = ask(t, frames, {
    method: "POST",
    headers: { "Content-Type": "image/jpeg", "Content-Length": "1099511627776" },
  });
  assert.equal((await headOf(announced)).status, 413);
  assert.match(announced.body().toString(), /Image too large: 1099511627776 bytes\. The limit is 16 MB\./);
});

test("while one publisher is live another is answered 409, which curl shows although it was still sending", {
  skip: skipCurl,
}, async (t) => {
  const { frames, shown, post } = await serve(t);
  const first = ask(t, frames, { method: "POST", headers: { "Transfer-Encoding": "chunked" } });
  const jpeg = tinyJpeg();
  first.socket.write(`${jpeg.length.toString(16)}\r\n`);
  first.socket.write(jpeg);
  await until("it is live", () => shown.length === 1);
  const refused = await post(JPEGS[0] as Buffer);
  assert.equal(refused.status, 409);
  assert.equal(refused.headers.get("retry-after"), "2");
  const { error } = (await refused.json()) as { error: string };
  assert.match(error, /^Another publisher is live\. Try again when it has ended\.$/);
  const child = spawn("curl", ["-sS", "-T", "-", frames]);
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (answer += text));
  child.stdin.on("error", () => {});
  // curl ends although its input stays open.
  child.stdin.write(Buffer.concat(JPEGS));
  await once(child, "close");
  assert.equal(answer, JSON.stringify({ error }));
  first.socket.resetAndDestroy();
  await until("its place is free", async () => (await post(JPEGS[0] as Buffer)).status === 202);
});

test("a publisher's key takes its slot from its own older connection, which is told", async (t) => {
  const { frames, shown } = await serve(t);
  const [old, fresh] = [1, 2].map(() =>
    ask(t, `${frames}?key=esp`, { method: "POST", headers: { "Transfer-Encoding": "chunked" } }),
  );
  assert.equal((await headOf(old as NonNullable<typeof old>)).status, 409);
  const jpeg = tinyJpeg();
  fresh?.socket.write(
    Buffer.concat([Buffer.from(`${jpeg.length.toString(16)}\r\n`), jpeg, Buffer.from("\r\n0\r\n\r\n")]),
  );
  assert.equal((await headOf(fresh as NonNullable<typeof fresh>)).status, 202);
  assert.equal(shown.length, 1);
});

test("a publisher of single bytes is answered 408, and the next one is accepted", {
  skip: skipPython,
}, async (t) => {
  const { frames, shown, post, report } = await serve(t, { stallMs: 300 });
  const answers = await runPublisher("dribble", frames);
  assert.deepEqual(answers, [{ status: 408, body: { error: "No whole frame came for 0.3 s." } }]);
  assert.equal((await report()).waitingFor, "The publisher sent no whole frame for 0.3 s");
  assert.equal((await post(JPEGS[0] as Buffer)).status, 202);
  assert.equal(shown.length, 1);
});

test("a publisher without a frame yields to one with frames, and is told", { skip: skipPython }, async (t) => {
  const { frames, shown, post, report } = await serve(t, { firstPictureMs: 50 });
  const dribbling = runPublisher("dribble", frames);
  await until("it has the place", async () => (await report()).sender !== null);
  await until("it gives way", async () => (await post(JPEGS[0] as Buffer)).status === 202);
  assert.deepEqual(await dribbling, [{ status: 409, body: { error: "Another connection replaced this one." } }]);
  assert.equal(shown.length, 1);
});

for (const path of [
  "/cameras/phone/frames",
  "/cameras/phone/frames/",
  "/Cameras/Phone/Frames",
  "/cameras/ph%6Fne/frames",
]) {
  test(`an upload stream may outlast the body timeout, at ${path}`, async (t) => {
    const { url } = await servePush(t, [pushCamera(t)], { bodyTimeoutMs: 100 });
    const stream = ask(t, url + path, { method: "POST", headers: { "Transfer-Encoding": "chunked" } });
    // The second starts after the stream.
    for (let count = 0; count < 2; count++) {
      const slow = ask(t, `${url}/api/cameras/phone/messages`, {
        method: "POST",
        headers: { "Content-Length": "100" },
      });
      assert.equal((await headOf(slow)).status, 408);
      assert.match(slow.body().toString(), /Request timeout: the body did not arrive within 0\.1 s\./);
    }
    assert.equal(stream.head(), undefined);
    assert.equal(stream.ended, false);
  });
}

test("the body timeout also applies to a request that was answered early", async (t) => {
  const { url } = await servePush(t, [pushCamera(t)], { bodyTimeoutMs: 100 });
  const slow = ask(t, `${url}/api/cameras`, { headers: { "Content-Length": "1000000" } });
  const drip = setInterval(() => slow.socket.write("a"), 20);
  t.after(() => clearInterval(drip));
  assert.equal((await headOf(slow)).status, 200);
  await until("its connection is cut", () => slow.ended);
});

test("a publisher that hangs up inside a frame is forgotten, and the next is accepted", async (t) => {
  const { frames, report, post } = await serve(t);
  const stream = send(
    t,
    frames,
    "POST /cameras/phone/frames HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\xff\xd8",
  );
  await until("it is live", async () => (await report()).sender !== null);
  stream.socket.resetAndDestroy();
  await until("it is forgotten", async () => (await report()).sender === null);
  assert.equal((await post(JPEGS[0] as Buffer)).status, 202);
});
