import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { endWhenGone } from "../../../src/http/server/half-closed.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";

/** Sends a request and closes its direction; returns the bytes so far. */
function ask(t: TestContext, url: string, path: string) {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => socket.destroy());
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  socket.on("error", () => {});
  socket.end(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
  return { socket, answer: () => answer };
}

test("a half-closed client gets the whole response, and a stream for as long as it reads", async (t) => {
  const hand = handCamera(t);
  const { url, report } = await servePush(t, [pushCamera(t)], { others: [hand.camera], repeatMs: 20 });
  const health = ask(t, url, "/healthz");
  await until("it is answered", () => health.answer().includes('{"status":"ok"'));
  const stream = ask(t, url, "/cameras/test/video_feed");
  await until("it watches", async () => (await report("test")).viewers.length === 1 && hand.open);
  const frames = ["one", "two", "three"].map((label) => tinyJpeg({ label }));
  for (const frame of frames) {
    await hand.show(frame);
    await until("it has come", () => stream.answer().includes(frame.toString("latin1")));
  }
  const snapshot = ask(t, url, "/cameras/test/snapshot.jpg?max-age=99999");
  await until("the snapshot is whole", () => snapshot.answer().endsWith((frames[2] as Buffer).toString("latin1")));
  stream.socket.destroy();
  await until("it is seen to be gone", async () => (await report("test")).viewers.length === 0);
});

test("a half-closed client that is gone is dropped after a while", async () => {
  const socket = Object.assign(new EventEmitter(), { bytesWritten: 10, readableEnded: false });
  let destroyed = 0;
  const response = Object.assign(new EventEmitter(), { destroy: () => destroyed++ });
  endWhenGone(socket as unknown as Socket, response as unknown as ServerResponse, 30);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(destroyed, 0, "it has not shut its direction");
  const writing = setInterval(() => socket.bytesWritten++, 5);
  socket.emit("end");
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(destroyed, 0, "something is written to it");
  clearInterval(writing);
  await until("it is let go", () => destroyed > 0);
  response.emit("close");
});
