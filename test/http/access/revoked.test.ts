import assert from "node:assert/strict";
import { once } from "node:events";
import { request as askHttp, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type PasswordHash, parsePasswordHash } from "../../../src/auth/password-hash.ts";
import { type Capability, signGrant } from "../../../src/auth/tokens.ts";
import { Users } from "../../../src/auth/users.ts";
import type { Camera } from "../../../src/core/camera.ts";
import { Authenticator } from "../../../src/http/access/authenticator.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import { HeldConnections } from "../../../src/http/access/held-connections.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { Feeds } from "../../../src/http/streaming/feed.ts";
import { Viewers } from "../../../src/http/streaming/viewers.ts";
import { webSocketRoutes } from "../../../src/http/websocket-routes.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import { Variants } from "../../../src/transform/variants.ts";
import { createTestApp } from "../../support/app.ts";
import { pushCamera } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { listen } from "../../support/serve.ts";
import { handshake } from "../../support/sockets/raw-web-socket.ts";

const KEY = Buffer.alloc(32, 7);

/** Serves a camera that accepts uploads, behind a password. */
async function serveLocked(t: TestContext) {
  const { camera, inlet, shown } = pushCamera(t);
  const state = { key: KEY as Uint8Array };
  const users = new Users([
    { name: "owner", passwordHash: parsePasswordHash("plugh") as PasswordHash, storedText: "plugh" },
  ]);
  const gate = new Gate({}, new Authenticator({ users, key: () => state.key, realm: "House" }));
  const shared = { cameras: [camera] as [Camera], publisherSlots: new Map([["phone", inlet]]), gate };
  const viewers = new Viewers(10);
  const variants = new Variants(camera);
  const messages = new MessageLog();
  const watching = {
    title: "House",
    viewers,
    feeds: new Feeds(new Placeholders()),
    variants: () => variants,
    tuneSocket: () => {},
  };
  const live = { ...watching, messagesOf: () => messages };
  const web = new WebServer({
    app: createTestApp({ ...shared, ...watching }),
    webSockets: webSocketRoutes({ ...shared, live }),
  });
  const url = await listen(t, web.server);
  t.after(() => web.cut());
  const revoke = () => {
    state.key = Buffer.alloc(32, 9);
    gate.heldConnections.endAll();
  };
  return { url, shown, inlet, viewers, revoke, state, gate };
}

async function tokenTo(...can: Capability[]): Promise<string> {
  return await signGrant(KEY, { cameras: ["phone"], can, expiresAt: Math.floor(Date.now() / 1000) + 3600 });
}

/** Returns a client's frame (RFC 6455, 5.2), masked by zeros. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  assert.ok(payload.length < 65_536);
  const head = Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}

/** Opens a WebSocket that answers nothing and reads on. */
async function stubborn(
  t: TestContext,
  url: string,
  path: string,
): Promise<{ socket: Socket; received: () => Buffer }> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
  t.after(() => socket.destroy());
  let received = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (bytes) => (received = Buffer.concat([received, bytes])));
  socket.write(handshake(path));
  await until("it is accepted", () => received.includes("101 Switching"));
  return { socket, received: () => received };
}

test("a revoked publisher that ignores the WebSocket's close is not read any more, and is cut", async (t) => {
  const { url, shown, inlet, revoke } = await serveLocked(t);
  const { socket, received } = await stubborn(t, url, `/cameras/phone/frames?token=${await tokenTo("push")}`);
  socket.write(frame(2, tinyJpeg({})));
  await until("the first picture is shown", () => shown.length === 1);
  const timer = setInterval(() => socket.write(frame(2, tinyJpeg({}))), 5);
  t.after(() => clearInterval(timer));
  await until("some are shown", () => shown.length > 3);
  revoke();
  const before = shown.length;
  assert.equal(inlet.publisher, null);
  const from = performance.now();
  // The cut may reset the connection.
  await new Promise((resolve) => socket.once("close", resolve));
  // ws alone waits for 30 s.
  assert.ok(performance.now() - from < 10_000);
  assert.ok(received().includes("Your session has expired."));
  assert.ok(shown.length <= before + 1, `${shown.length - before} more`);
});

test("a viewer that ignores the end of its token gets no more frames, and is cut", async (t) => {
  const { url, inlet, viewers, revoke } = await serveLocked(t);
  const { socket, received } = await stubborn(t, url, `/live?token=${await tokenTo("view")}`);
  socket.write(frame(1, Buffer.from('{"type":"subscribe","id":1,"camera":"phone"}')));
  const publisher = inlet.connect({
    publisher: { address: "10.0.0.7:5000", key: null },
    isStream: true,
    received: () => 0,
    onLost: () => {},
  });
  await publisher.push(tinyJpeg({}));
  await until("it watches", () => viewers.count("phone") === 1 && received().includes(Buffer.from(tinyJpeg({}))));
  revoke();
  assert.equal(viewers.count("phone"), 0);
  await until("the end is said", () => received().includes("Your session has expired"));
  const { length } = received();
  const closed = once(socket, "close");
  for (let count = 0; count < 5; count++) await publisher.push(tinyJpeg({}));
  await closed;
  assert.equal(received().length, length);
});

test("no frame of a revoked publisher by POST is shown, not even one that was received", async (t) => {
  const { url, shown, inlet, revoke } = await serveLocked(t);
  const { hostname, port } = new URL(url);
  const path = `/cameras/phone/frames?token=${await tokenTo("push")}`;
  const headers = { "Content-Type": "multipart/x-mixed-replace; boundary=b" };
  const post = askHttp({ hostname, port, path, method: "POST", headers });
  const failed = once(post, "error");
  const part = Buffer.concat([
    Buffer.from("--b\r\nContent-Type: image/jpeg\r\n\r\n"),
    tinyJpeg({}),
    Buffer.from("\r\n"),
  ]);
  post.write(Buffer.concat(Array.from({ length: 50 }, () => part)));
  await until("some are shown", () => shown.length > 0);
  revoke();
  const before = shown.length;
  await failed;
  await until("it has gone", () => inlet.publisher === null);
  assert.ok(shown.length <= before + 1, `${shown.length - before} more`);
});

test("every stream ends with its token: MJPEG and messages", async (t) => {
  const { url, revoke } = await serveLocked(t);
  const token = await tokenTo("view");
  const open = async (path: string) => {
    const { hostname, port } = new URL(url);
    const ask = askHttp({ hostname, port, path: `${path}?token=${token}` }).end();
    const [response] = (await once(ask, "response")) as [IncomingMessage];
    response.on("error", () => {}).resume();
    return response;
  };
  const streams = [await open("/video_feed"), await open("/api/cameras/phone/messages/stream")];
  const closed = streams.map((stream) => new Promise((resolve) => stream.once("close", resolve)));
  revoke();
  await Promise.all(closed);
});

test("a request checked while all tokens are revoked is checked again with the new key", async (t) => {
  const { state, gate } = await serveLocked(t);
  const token = await tokenTo("view");
  const socket = { remoteAddress: "127.0.0.1" } as Socket;
  const asked = { url: `/video_feed?token=${token}`, headers: {}, socket };
  gate.admit(asked);
  const identified = gate.authenticate(asked);
  state.key = Buffer.alloc(32, 9);
  gate.heldConnections.endAll();
  await assert.rejects(identified, /^HttpError: Invalid token/);
});

test("a held connection ends within seconds when the clock is set past its end", async () => {
  let now = Date.UTC(2026, 10, 29);
  const holding = new HeldConnections(() => now);
  const ended = new Promise<void>((resolve) => holding.hold(now / 1000 + 3600, resolve));
  now += 2 * 3_600_000;
  // The timer under test keeps no process alive.
  const alive = setTimeout(() => {}, 60_000);
  await ended;
  clearTimeout(alive);
});
