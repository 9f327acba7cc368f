import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { tcpListen } from "../../src/drivers/tcp-listen.ts";
import { SetupError } from "../../src/util/errors.ts";
import { type WatchedCamera, watchedCamera } from "../support/cameras/watched-camera.ts";
import { until } from "../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startPeer } from "../support/peers/python-peer.ts";
import { apart, connectPeer, listenTcpTest, type TcpPeer } from "../support/sockets/tcp.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import { virtualTime } from "../support/virtual-time.ts";

const skip = needs("python3");
const folder = testFolder();
const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
const [A, B, C] = ["a", "b", "c"].map((label) => tinyJpeg({ label })) as [Buffer, Buffer, Buffer];
const GREETING = "stillstream: connected";

/** The driver at a free port of 127.0.0.1. */
async function listening(t: TestContext, options: Record<string, unknown> = {}) {
  const watched = watchedCamera(t, tcpListen, { address: "127.0.0.1:0", ...options });
  const waiting = await watched.heard(/^waiting Waiting for a publisher on port \d+$/);
  return { ...watched, port: Number(/\d+$/.exec(waiting)?.[0]) };
}

/** Connects as a publisher, and waits until it is greeted. */
async function publisher(t: TestContext, port: number): Promise<TcpPeer> {
  const peer = await connectPeer(t, port);
  assert.equal((await peer.received(GREETING.length)).toString(), GREETING);
  return peer;
}

const statusOf = ({ camera }: WatchedCamera) => camera.status();

test("a program that pushes its camera's frames is shown, bit for bit and in order", { skip }, async (t) => {
  const camera = await listening(t);
  const peer = startPeer(t, "tcp_sender.py", "127.0.0.1", camera.port, 0.01, ...FAKE_FRAMES);
  const shown = await camera.shown(9);
  for (const [index, picture] of shown.entries()) assert.ok(picture.equals(pictures[index % 3] as Buffer));
  assert.deepEqual(peer.values("text"), [GREETING]);
});

test("a program that reads nothing, sends two frames and leaves at once loses none of them", { skip }, async (t) => {
  const camera = await listening(t);
  // What its system has not sent when it leaves is lost, since the greeting is
  // unread: so these are small enough to be.
  const small = ["small-a", "small-b"].map((label) => heavyJpeg(20_000, label));
  const paths = small.map((picture, index) => {
    const path = join(folder, `${index}.jpg`);
    writeFileSync(path, picture);
    return path;
  });
  for (let round = 1; round <= 5; round++) {
    await startPeer(t, "tcp_sender.py", "127.0.0.1", camera.port, 0, "--deaf", ...paths).said("ended");
    await camera.shown(2 * round);
  }
  for (const [index, picture] of camera.pictures.entries()) assert.ok(picture.equals(small[index % 2] as Buffer));
});

test("the program reads texts posted to the camera, whole characters in each read", { skip }, async (t) => {
  const camera = await listening(t, { greeting: "你好" });
  const peer = startPeer(t, "tcp_sender.py", "127.0.0.1", camera.port, 0.01, FAKE_FRAMES[2] as string);
  await camera.shown(1);
  assert.equal(camera.messages.post("test", "forward"), 1);
  assert.equal(camera.messages.post("test", "前へ😀".repeat(400)), 1);
  const expected = `你好forward${"前へ😀".repeat(400)}`;
  await until("all of it is read", () => peer.values<string>("text").join("") === expected);
  const texts = peer.values<string>("text");
  assert.deepEqual(texts.slice(0, 2), ["你好", "forward"]);
  assert.ok(texts.every((text) => Buffer.byteLength(text) < 1024));
});

test("frames cut at every offset come out whole", async (t) => {
  const camera = await listening(t);
  const peer = await publisher(t, camera.port);
  const stream = Buffer.concat([A, B]);
  for (let cut = 1; cut < stream.length; cut++) {
    peer.socket.write(stream.subarray(0, cut));
    await apart();
    peer.socket.write(stream.subarray(cut));
  }
  const shown = await camera.shown(2 * (stream.length - 1));
  for (const [index, picture] of shown.entries()) assert.deepEqual(picture, index % 2 === 0 ? A : B);
  assert.equal(statusOf(camera).dropped, 0);
});

test("many frames in one write are all shown, and bytes between them skipped", async (t) => {
  const camera = await listening(t);
  const peer = await publisher(t, camera.port);
  peer.socket.write(Buffer.concat([A, Buffer.from("hello\r\n"), B, Buffer.alloc(1000), C]));
  assert.deepEqual(await camera.shown(3), [A, B, C]);
});

test("the status tells no publisher, one without frames, one that sends and one that left apart", async (t) => {
  const camera = await listening(t);
  assert.deepEqual(
    [statusOf(camera).state, statusOf(camera).waitingFor],
    ["starting", `Waiting for a publisher on port ${camera.port}`],
  );
  assert.equal(camera.messages.post("test", "anyone?"), 0);
  const peer = await publisher(t, camera.port);
  assert.equal(statusOf(camera).waitingFor, "Waiting for the first frame of a publisher");
  assert.equal(camera.messages.post("test", "you?"), 1);
  peer.socket.write(A);
  await camera.shown(1);
  await camera.heard(/Publisher sends frames/);
  const { state, waitingFor, note } = statusOf(camera);
  assert.deepEqual([state, waitingFor, note], ["live", null, `Publisher sends frames: ${peer.name}`]);
  peer.socket.end();
  await until("it waits again", () => statusOf(camera).waitingFor === `Waiting for a publisher on port ${camera.port}`);
  assert.equal(statusOf(camera).note, `Publisher left: ${peer.name}`);
  assert.equal(camera.messages.post("test", "still?"), 0);
  assert.equal(statusOf(camera).restarts, 0, "a publisher that leaves is no failure");
});

test("the next publisher is taken as soon as the last has left or was cut off", async (t) => {
  const camera = await listening(t);
  for (const [index, leave] of (["end", "resetAndDestroy", "destroy"] as const).entries()) {
    const peer = await publisher(t, camera.port);
    peer.socket.write(A);
    await camera.shown(index + 1);
    peer.socket[leave]();
    await until("it is gone", () => statusOf(camera).waitingFor !== null);
  }
});

test("a second publisher gets the reason and is closed, and the first one goes on", async (t) => {
  const camera = await listening(t);
  const first = await publisher(t, camera.port);
  first.socket.write(A);
  await camera.shown(1);
  const second = await connectPeer(t, camera.port);
  second.socket.write(B);
  assert.equal(
    (await second.closed()).toString(),
    `stillstream: rejected: ${first.name} is connected. Try again when it has left.`,
  );
  await camera.heard(new RegExp(`^note Publisher rejected: ${second.name}: ${first.name} is connected$`));
  first.socket.write(C);
  assert.deepEqual(await camera.shown(2), [A, C]);
});

test("with takeover the second publisher replaces the first, which gets the reason", async (t) => {
  const camera = await listening(t, { takeover: "true" });
  const first = await publisher(t, camera.port);
  first.socket.write(A);
  await camera.shown(1);
  const second = await publisher(t, camera.port);
  assert.equal((await first.closed()).toString(), `${GREETING}stillstream: closed: ${second.name} replaced it`);
  second.socket.write(B);
  assert.deepEqual(await camera.shown(2), [A, B]);
  await camera.heard(new RegExp(`^note Publisher closed: ${first.name}: ${second.name} replaced it$`));
  assert.equal(camera.events.filter((event) => /Waiting for a publisher/.test(event)).length, 1);
});

test("a publisher that completes no frame in time gets the reason and is closed, though it sends byte after byte", async (t) => {
  const time = virtualTime(t);
  const camera = await listening(t, { timeout: "10s" });
  const peer = await publisher(t, camera.port);
  const bytes = heavyJpeg(1000);
  for (let sent = 0; sent < 9; sent++) {
    peer.socket.write(bytes.subarray(sent, sent + 1));
    await time.advance(1000);
  }
  assert.equal(peer.bytes().toString(), GREETING);
  await time.advance(1000);
  const said = await peer.closed();
  assert.equal(said.toString(), `${GREETING}stillstream: closed: no whole frame came for 10 s`);
  const good = await publisher(t, camera.port);
  good.socket.write(A);
  assert.deepEqual(await camera.shown(1), [A]);
});

test("a publisher whose frames keep coming outlives its time, and with 0s one that is silent does too", async (t) => {
  const time = virtualTime(t);
  const [timed, untimed] = [await listening(t, { timeout: "3s" }), await listening(t, { timeout: "0s" })];
  const [busy, silent] = [await publisher(t, timed.port), await publisher(t, untimed.port)];
  for (let count = 1; count <= 12; count++) {
    busy.socket.write(A);
    await timed.shown(count);
    await time.advance(2999);
  }
  assert.equal(busy.socket.readyState, "open");
  silent.socket.write(A);
  await untimed.shown(1);
});

test("a port that is taken is refused at start, in one sentence", async (t) => {
  const port = await listenTcpTest(t, () => {});
  await assert.rejects(
    async () => await tcpListen.check?.(tcpListen.options.parse({ address: `127.0.0.1:${port}` })),
    (error) =>
      error instanceof SetupError && error.exitCode === 1 && error.message.startsWith(`port ${port} is in use`),
  );
});

test("an empty greeting is refused, for it would never be sent", () => {
  const result = tcpListen.options.safeParse({ address: "1", greeting: " " });
  assert.equal(result.error?.issues[0]?.message, "must be a text");
});

test("500 connections that say nothing cost little, are rejected in one line, and keep no publisher out for long", async (t) => {
  const camera = await listening(t, { timeout: "500ms" });
  const before = process.memoryUsage().rss;
  const idle = await Promise.all(Array.from({ length: 500 }, () => connectPeer(t, camera.port)));
  await until("all but one are closed", () => idle.filter(({ socket }) => !socket.destroyed).length <= 1);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  await until("the last one's time is over", () => idle.every(({ socket }) => socket.destroyed));
  assert.equal(camera.events.filter((event) => event.includes("rejected")).length, 1);
  const good = await publisher(t, camera.port);
  good.socket.write(A);
  assert.deepEqual(await camera.shown(1), [A]);
});

test("connections that come and go fill no log", async (t) => {
  const camera = await listening(t);
  for (let round = 0; round < 100; round++) {
    const peer = await connectPeer(t, camera.port);
    peer.socket.destroy();
    await apart();
  }
  assert.ok(camera.events.length <= 30, camera.events.join("; "));
  const good = await until("a publisher gets through", async () => {
    const peer = await connectPeer(t, camera.port);
    await until("it is answered", () => peer.bytes().length > 0);
    return peer.bytes().toString() === GREETING ? peer : undefined;
  });
  good.socket.write(A);
  assert.deepEqual(await camera.shown(1), [A]);
});

test("frames that never end take no more memory than one may have, and the publisher can go on", async (t) => {
  const camera = await listening(t);
  const peer = await publisher(t, camera.port);
  const before = process.memoryUsage().rss;
  peer.socket.write(A.subarray(0, -2));
  const chunk = Buffer.alloc(1024 * 1024, 0x55);
  for (let megabytes = 0; megabytes < 64; megabytes++) {
    await new Promise((resolve) => peer.socket.write(chunk, resolve));
  }
  peer.socket.write(Buffer.concat([Buffer.of(0xff, 0xd9), B]));
  assert.deepEqual(await camera.shown(1), [B]);
  assert.ok(process.memoryUsage().rss - before < 120 * 1024 * 1024);
  assert.equal(statusOf(camera).dropped, 1);
});

test("closing it cuts its publisher and frees the port", async (t) => {
  const camera = await listening(t);
  const peer = await publisher(t, camera.port);
  await camera.camera.close();
  await peer.closed();
  assert.equal(camera.events.at(-1), "released");
  assert.ok(!camera.events.some((event) => event.includes("Publisher left")), "that is no news");
  await tcpListen.check?.(tcpListen.options.parse({ address: `127.0.0.1:${camera.port}` }));
});
