import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { buildPart } from "../../../src/http/streaming/multipart.ts";
import { createTestApp, type TestAppOptions } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { heavyJpeg } from "../../support/images/jpegs.ts";
import { listen, testCamera } from "../../support/serve.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";
import { lengthParts } from "../../support/viewers/length-parts.ts";

const HEAVY = 1_000_000;

/**
 * A server with a camera that gives a megabyte every 10 ms, each with its number, and the server's
 * ends of its connections.
 */
async function serveHeavy(t: TestContext, parts: Partial<TestAppOptions> = {}) {
  const camera = testCamera(t, {
    async *open({ signal }) {
      const bytes = heavyJpeg(HEAVY);
      for (let number = 0; !signal.aborted; number++) {
        const jpeg = Buffer.from(bytes);
        // In the scan, far from its end.
        jpeg.writeUInt32BE(number, jpeg.length - 1000);
        yield jpeg;
        await sleep(10);
      }
    },
  });
  const server = createServer(createTestApp({ cameras: [camera], ...parts }));
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  const url = await listen(t, server);
  const keys = "key=slow&key=quick&key=healthy&key=stuck";
  const report = async () => (await (await fetch(`${url}/api/cameras/test?${keys}`)).json()) as CameraReport;
  return { url, camera, sockets, report };
}

test("a slow viewer gets fewer pictures, each of them whole, and holds one of ours at most", async (t) => {
  const { url, sockets, report } = await serveHeavy(t);
  const slow = ask(t, `${url}/video_feed`);
  await headOf(slow);
  const server = sockets[0] as Socket;
  const partBytes = buildPart({ jpeg: heavyJpeg(HEAVY), seq: 0, capturedAt: Date.now(), at: 0 }).length.length;

  slow.socket.pause();
  let mostHeld = 0;
  await until("many pictures have passed it by", async () => {
    mostHeld = Math.max(mostHeld, server.writableLength);
    const [viewer] = (await report()).viewers;
    // Some go to the system's buffers first.
    return mostHeld > 0 && (await report()).frames > 150 && viewer !== undefined;
  });
  assert.ok(mostHeld <= partBytes, `${mostHeld} bytes wait, of a picture of ${partBytes}`);

  slow.socket.resume();
  await until("the pictures it missed are counted", async () => ((await report()).viewers[0]?.dropped ?? 0) >= 50);
  const received = slow.body().length;
  await until("more pictures come", () => slow.body().length > received + 10 * partBytes);
  slow.socket.resetAndDestroy();
  const numbers = lengthParts(slow.body()).map(({ jpeg }) => {
    assert.equal(jpeg.length, heavyJpeg(HEAVY).length);
    assert.deepEqual([...jpeg.subarray(0, 2), ...jpeg.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9]);
    return jpeg.readUInt32BE(jpeg.length - 1000);
  });
  const gaps = numbers.slice(1).map((number, index) => number - (numbers[index] as number));
  assert.ok(
    gaps.every((gap) => gap > 0),
    `in order, none twice: ${numbers}`,
  );
  assert.ok(Math.max(...gaps) > 50, `it skipped: ${numbers}`);
});

test("a slow viewer costs a quick one nothing", async (t) => {
  const { url, report } = await serveHeavy(t);
  const slow = ask(t, `${url}/video_feed?key=slow`);
  await headOf(slow);
  slow.socket.pause();
  const quick = ask(t, `${url}/video_feed?key=quick`);
  await headOf(quick);
  quick.socket.removeAllListeners("data").resume();
  await until("a hundred pictures have been shown", async () => (await report()).frames > 100, 20_000);
  const viewers = new Map((await report()).viewers.map((viewer) => [viewer.key, viewer]));
  const bytes = (key: string) => viewers.get(key)?.bytes ?? 0;
  assert.ok(bytes("quick") > 3 * bytes("slow"), `${bytes("quick")} and ${bytes("slow")}`);
});

test("a viewer that takes no byte for the drain timeout is dropped, and a healthy one stays", async (t) => {
  const { url, report } = await serveHeavy(t, { drainTimeoutMs: 300 });
  const healthy = ask(t, `${url}/video_feed?key=healthy`);
  healthy.socket.removeAllListeners("data").resume();
  const stuck = ask(t, `${url}/video_feed?key=stuck`);
  await headOf(stuck);
  stuck.socket.pause();
  await until("both watch", async () => (await report()).viewers.length === 2);
  await until("one is dropped", async () => (await report()).viewers.length === 1);
  const [left] = (await report()).viewers;
  assert.equal(left?.key, "healthy");
  await until("the other gets more", async () => ((await report()).viewers[0]?.bytes ?? 0) > (left?.bytes ?? 0));
  assert.equal(healthy.ended, false);
});

test("a viewer that is slow but takes something now and then is not dropped", async (t) => {
  const { url, report } = await serveHeavy(t, { drainTimeoutMs: 400 });
  const slow = ask(t, `${url}/video_feed`);
  await headOf(slow);
  for (let round = 0; round < 15; round++) {
    slow.socket.pause();
    await sleep(100);
    const before = slow.socket.bytesRead;
    slow.socket.resume();
    await until("it takes something", () => slow.socket.bytesRead > before);
  }
  assert.equal((await report()).viewers.length, 1);
  assert.equal(slow.ended, false);
});

test("a viewer of a camera that never gave a picture is not dropped", async (t) => {
  const hand = handCamera(t);
  const server = createServer(createTestApp({ cameras: [hand.camera], drainTimeoutMs: 100 }));
  const url = await listen(t, server);
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await sleep(500);
  assert.equal(viewer.ended, false);
  const jpeg = heavyJpeg(1000);
  await hand.show(jpeg);
  await until("it sees the first one there is", () => viewer.body().includes(jpeg));
});

test("a viewer that sticks after a long wait for the first picture is dropped all the same", async (t) => {
  const hand = handCamera(t);
  const url = await listen(t, createServer(createTestApp({ cameras: [hand.camera], drainTimeoutMs: 150 })));
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  viewer.socket.pause();
  await sleep(400);
  const jpeg = heavyJpeg(10_000_000);
  await hand.show(jpeg);
  const viewers = async () => ((await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport).viewers;
  await until("it is dropped", async () => (await viewers()).length === 0);
  await until("the camera is released", () => !hand.open);
});

test("a client that asks for a picture and never reads it is dropped too", async (t) => {
  // More than the system's buffers of both ends take.
  const camera = testCamera(t, {
    async *open() {
      yield heavyJpeg(15_000_000);
    },
  });
  const server = createServer(createTestApp({ cameras: [camera], drainTimeoutMs: 300 }));
  let closed = false;
  server.on("connection", (socket) => socket.on("close", () => (closed = true)));
  const client = ask(t, `${await listen(t, server)}/snapshot.jpg`);
  client.socket.pause();
  await until("its connection is closed", () => closed);
});
