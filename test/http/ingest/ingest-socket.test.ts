import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { WebSocket } from "ws";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, runPublisher, type ServePushOptions, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";
import { handshake } from "../../support/sockets/raw-web-socket.ts";
import { needsPython } from "../../support/tools.ts";

const JPEGS = FAKE_FRAMES.map((path) => readFileSync(path));

async function serve(
  t: TestContext,
  options: Parameters<typeof pushCamera>[1] = {},
  server: Omit<ServePushOptions, "others"> = {},
) {
  const phone = pushCamera(t, options);
  const door = handCamera(t, { name: "door", title: "Front door" }).camera;
  const served = await servePush(t, [phone], { ...server, others: [door] });
  return { ...phone, ...served, frames: `${served.url.replace("http", "ws")}/cameras/phone/frames` };
}

/** Opens a client that notes the answers. */
async function connect(t: TestContext, url: string, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(url, options);
  t.after(() => socket.terminate());
  const answers: Record<string, unknown>[] = [];
  socket.on("message", (data: Buffer) => answers.push(JSON.parse(data.toString())));
  const closed = once(socket, "close").then(([code, reason]) => [code, String(reason)]);
  await once(socket, "open");
  return { socket, answers, closed };
}

/** Returns how a WebSocket request is refused. */
async function refusal(url: string, headers: Record<string, string> = {}): Promise<[status: number, error: string]> {
  const socket = new WebSocket(url, { headers });
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    socket.on("unexpected-response", (_request, response) => resolve(response));
    socket.on("open", () => reject(new Error("It was accepted")));
    socket.on("error", reject);
  });
  let body = "";
  for await (const chunk of response) body += chunk;
  assert.equal(response.headers["content-type"], "application/json; charset=utf-8");
  return [response.statusCode ?? 0, JSON.parse(body).error];
}

test("each binary message is a frame, shown and answered with the counts so far", async (t) => {
  const { frames, shown, report } = await serve(t);
  const { socket, answers } = await connect(t, `${frames}?key=tab`);
  for (const jpeg of JPEGS) socket.send(jpeg);
  await until("all are answered", () => answers.length === 3);
  assert.deepEqual(
    answers,
    [1, 2, 3].map((frames) => ({ frames, skipped: 0 })),
  );
  assert.deepEqual(shown, JPEGS);
  const { sender } = await report();
  assert.match(sender?.key ?? "", /^[0-9a-f]{16}$/);
  assert.equal(sender?.frames, 3);
  socket.close();
  await until("it has gone", async () => (await report()).sender === null);
});

test("a Python client that sends fragments and pongs is accepted and answered", {
  skip: needsPython("ssl", "python3"),
}, async (t) => {
  const { url, shown } = await serve(t, {}, { pingMs: 5 });
  assert.deepEqual(await runPublisher("websocket", `${url}/cameras/phone/frames`, 3), [
    { status: 101 },
    ...Array.from({ length: 9 }, (_, index) => ({ frames: index + 1, skipped: 0 })),
    { closed: 1000 },
  ]);
  assert.deepEqual(shown, [...JPEGS, ...JPEGS, ...JPEGS]);
});

test("a message without an image is answered with the reason, in order, and the next is accepted", async (t) => {
  const { frames, shown, report } = await serve(t);
  const { socket, answers } = await connect(t, frames);
  const png = await sharp(JPEGS[0]).resize(64).png().toBuffer();
  socket.send(png);
  socket.send(Buffer.from("hello"));
  socket.send(tinyJpeg().subarray(0, 20));
  socket.send("text");
  socket.send(JPEGS[1] as Buffer);
  await until("all are answered", () => answers.length === 5);
  assert.deepEqual(answers, [
    { frames: 1, skipped: 0 },
    {
      frames: 1,
      skipped: 1,
      error: "The image has an unknown format. Send a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF.",
    },
    { frames: 1, skipped: 2, error: "The image cannot be read: it is not a whole JPEG of up to 16 MB." },
    { frames: 1, skipped: 2, error: "Text message ignored. Send each image as a binary message." },
    { frames: 2, skipped: 2 },
  ]);
  assert.equal(shown.length, 2);
  assert.deepEqual(shown[1], JPEGS[1]);
  assert.equal((await report()).dropped, 2);
});

test("a client that may not publish is refused with the reason before the WebSocket opens", async (t) => {
  const { frames, url } = await serve(t);
  const base = url.replace("http", "ws");
  assert.deepEqual(await refusal(`${base}/cameras/door/frames`), [
    404,
    'Camera "Front door" does not accept uploads: its driver is "test", not "push".',
  ]);
  assert.deepEqual(await refusal(`${base}/cameras/attic/frames`), [
    404,
    'Camera "attic" not found. Cameras: phone, door.',
  ]);
  assert.deepEqual(await refusal(`${base}/cameras/%E0%A4%A/frames`), [
    404,
    'Camera "%E0%A4%A" not found. Cameras: phone, door.',
  ]);
  assert.deepEqual(await refusal(`${base}/live?x=1`), [404, "WebSocket not found: /live."]);
  assert.deepEqual(await refusal(frames, { Origin: "https://evil.example" }), [
    403,
    "Not allowed: pages of https://evil.example cannot change anything here. Use this server's own pages.",
  ]);
  const { socket } = await connect(t, frames, { origin: url });
  socket.send(JPEGS[0] as Buffer);
  await once(socket, "message");
  const [status, error] = await refusal(frames);
  assert.equal(status, 409);
  assert.match(error, /^Another publisher is live\. Try again when it has ended\.$/);
});

test("an invalid WebSocket handshake is refused and its connection closed", async (t) => {
  const { url, report } = await serve(t);
  const answer = ask(t, `${url}/cameras/phone/frames`, { headers: { Upgrade: "websocket", Connection: "Upgrade" } });
  assert.equal((await headOf(answer)).status, 400);
  await until("it is closed", () => answer.ended);
  assert.equal((await report()).sender, null);
});

test("with a base path, WebSockets are only below it", async (t) => {
  const phone = pushCamera(t);
  const { url } = await servePush(t, [phone], { basePath: "/cams" });
  const base = url.replace("http", "ws");
  const { socket } = await connect(t, `${base}/cameras/phone/frames`);
  socket.send(JPEGS[0] as Buffer);
  await once(socket, "message");
  assert.deepEqual(await refusal(`${base.replace("/cams", "")}/cameras/phone/frames`), [
    404,
    "WebSocket not found: /cameras/phone/frames.",
  ]);
});

test("a message that is too large closes the WebSocket with 1009 and frees the slot", async (t) => {
  const { frames, report, post } = await serve(t);
  const { socket, closed } = await connect(t, frames);
  socket.on("error", () => {});
  socket.send(Buffer.alloc(17_000_000));
  assert.equal((await closed)[0], 1009);
  await until("it has gone", async () => (await report()).sender === null);
  assert.equal((await post(JPEGS[0] as Buffer)).status, 202);
});

test("a publisher learns why its WebSocket closes: a newer connection, silence, or server shutdown", async (t) => {
  const { frames, inlet } = await serve(t, { stallMs: 300 });
  const old = await connect(t, `${frames}?key=tab`);
  const fresh = await connect(t, `${frames}?key=tab`);
  assert.deepEqual(await old.closed, [4409, "Another connection replaced this one."]);
  assert.deepEqual(await fresh.closed, [1008, "No whole frame came for 0.3 s."]);
  const last = await connect(t, frames);
  inlet.close();
  assert.deepEqual(await last.closed, [1001, "The server is stopping."]);
});

test("a publisher that vanished is detected by pings, and its slot is free", async (t) => {
  const { frames, report } = await serve(t, {}, { pingMs: 50 });
  const dead = await connect(t, frames, { autoPong: false });
  dead.socket.send(JPEGS[0] as Buffer);
  assert.deepEqual((await dead.closed)[0], 1006);
  await until("it has gone", async () => (await report()).sender === null);
  const alive = await connect(t, frames);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(alive.socket.readyState, WebSocket.OPEN);
});

test("a publisher that reads no answers is cut", async (t) => {
  const { url, web, report } = await serve(t);
  const ends: Socket[] = [];
  web.server.on("connection", (socket: Socket) => ends.push(socket));
  const socket = connectTcp(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
  t.after(() => socket.destroy());
  socket.write(handshake("/cameras/phone/frames"));
  await until("it sends", async () => (await report()).sender !== null);
  // As if the system's buffers of both ends were full.
  ends.find(({ remotePort }) => remotePort === socket.localPort)?.cork();
  socket.write(Buffer.concat(Array<Buffer>(2000).fill(Buffer.of(0x81, 0x80, 0, 0, 0, 0))));
  await until("it is let go", async () => (await report()).sender === null);
});

test("thousands of messages without an image leave time for other clients", async (t) => {
  // Final, text or binary, masked by zeros (RFC 6455, 5.2).
  for (const [kind, opcode] of Object.entries({ binary: 0x82, text: 0x81 })) {
    await t.test(kind, async (t) => {
      const { url } = await serve(t);
      const empty = Buffer.of(opcode, 0x80, 0, 0, 0, 0);
      const socket = connectTcp(Number(new URL(url).port), "127.0.0.1");
      t.after(() => socket.destroy());
      let answers = 0;
      socket.on("data", (bytes) => (answers += bytes.toString("latin1").split('"error"').length - 1));
      socket.write(Buffer.concat([handshake("/cameras/phone/frames"), ...Array<Buffer>(5000).fill(empty)]));
      let turns = 0;
      while (answers < 1000 && !socket.closed) {
        await new Promise((resolve) => setImmediate(resolve));
        if (answers > 0) turns++;
      }
      assert.ok(turns > 300, `${turns} turns of the event loop for ${answers} messages`);
    });
  }
});

test("too many pings close the WebSocket", async (t) => {
  const { frames } = await serve(t);
  const { socket, answers, closed } = await connect(t, frames);
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  // ws answers sixty pings at once, and closes on more.
  for (let round = 1; !isClosed; round++) {
    assert.ok(round < 100);
    for (let count = 0; count < 50; count++) socket.ping();
    socket.send(JPEGS[0] as Buffer);
    await until("it is answered or closed", () => isClosed || answers.length === round);
  }
  assert.ok(answers.length >= 2);
});

test("a message in too many fragments closes the WebSocket", async (t) => {
  const { frames } = await serve(t);
  const { socket, closed } = await connect(t, frames);
  for (let count = 0; count < 1100; count++) socket.send("x", { binary: true, fin: false });
  assert.equal((await closed)[0], 1008);
});

test("a server shutdown closes every WebSocket at once", async (t) => {
  const { frames, web } = await serve(t);
  const { closed } = await connect(t, frames);
  await web.close();
  assert.deepEqual(await closed, [1001, "The server is stopping."]);
});
