import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { get as httpsGet } from "node:https";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { buildPart } from "../../../src/http/streaming/multipart.ts";
import { JpegSplitter } from "../../../src/jpeg/split.ts";
import { loadNotsentLowat } from "../../../src/net/notsent-lowat.ts";
import { createTestApp } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { deferred, until } from "../../support/deferred.ts";
import { heavyJpeg } from "../../support/images/jpegs.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { listen, testCamera } from "../../support/serve.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";
import { get, testCertificate } from "../../support/sockets/tls.ts";
import { needs } from "../../support/tools.ts";

const JPEG = readFileSync(FAKE_FRAMES[0] as string);
const PEM = testCertificate();

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("curl", ["-sS", "--max-time", "20", ...args], { encoding: "utf8" });
  return stdout;
}

/** Starts a TLS server, and returns where plain HTTP to its port redirects. */
async function serveTls(t: TestContext) {
  const server = await servePush(t, [pushCamera(t)], { tlsPem: PEM });
  return { ...server, plain: server.url.replace("https:", "http:") };
}

test("with a certificate the server speaks TLS, and redirects plain HTTP on the same port", async (t) => {
  const { url, plain } = await serveTls(t);
  const answer = await get(`${url}/healthz`, PEM);
  assert.deepEqual([answer.status, answer.body], [200, '{"status":"ok"}']);
  await assert.rejects(get(`${url}/healthz`), /self.signed/);
  const redirected = await get(`${plain}/cameras/phone?x=1`);
  assert.deepEqual([redirected.status, redirected.headers["location"]], [308, `${url}/cameras/phone?x=1`]);
  const nameless = ask(t, `${plain}/a`, { version: "1.0", headers: { Host: "" } });
  const { status, headers } = await headOf(nameless);
  assert.deepEqual([status, headers["location"]], [308, `${url}/a`]);
});

test("curl follows the redirect with an upload, by HTTP/2 too, and a WebSocket gets it as well", {
  skip: needs("curl"),
}, async (t) => {
  const { url, plain } = await serveTls(t);
  const args = ["-kL", "--data-binary", `@${FAKE_FRAMES[0]}`, "-H", "Content-Type: image/jpeg"];
  for (const version of ["--http1.1", "--http2", "--http1.0"]) {
    assert.equal(await curl(...args, version, `${plain}/cameras/phone/frames`), '{"frames":1,"skipped":0}');
  }
  const { status, headers } = await headOf(
    ask(t, `${plain}/cameras/phone/frames`, {
      headers: { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" },
    }),
  );
  assert.deepEqual([status, headers["location"]], [308, `${url}/cameras/phone/frames`]);
});

test("a WebSocket over TLS accepts frames", async (t) => {
  const { url } = await serveTls(t);
  const socket = new WebSocket(`${url.replace("https", "wss")}/cameras/phone/frames`, { ca: PEM });
  t.after(() => socket.terminate());
  const answer = deferred<string>();
  socket.on("open", () => socket.send(JPEG));
  socket.on("message", (data) => answer.resolve(String(data)));
  assert.equal(await answer.promise, '{"frames":1,"skipped":0}');
});

test("the first byte may come late and alone, of TLS and of HTTP", async (t) => {
  const { url, plain } = await serveTls(t);
  const slow = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => slow.destroy());
  let answer = "";
  slow.on("data", (bytes) => (answer += bytes));
  for (const byte of `GET / HTTP/1.1\r\nHost: ${new URL(plain).host}\r\n\r\n`) {
    slow.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until("it is redirected", () => answer.startsWith("HTTP/1.1 308"));
  // A handshake through a pipe that passes single bytes.
  const inner = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => inner.destroy());
  const { Duplex } = await import("node:stream");
  const pipe = new Duplex({
    read() {},
    async write(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) {
        inner.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      done();
    },
  });
  inner.on("data", (bytes) => pipe.push(bytes));
  const secure = connectTls({ socket: pipe, ca: PEM, servername: "localhost" });
  t.after(() => secure.destroy());
  let body = "";
  secure.on("data", (bytes) => (body += bytes));
  secure.on("secureConnect", () => secure.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  await until("it is answered", () => body.includes('{"status":"ok"}'));
});

test("garbage, half a handshake and silence delay no other client, and end with the server", async (t) => {
  const { url, web } = await serveTls(t);
  const port = Number(new URL(url).port);
  const sockets = Array.from({ length: 200 }, (_, index) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    const first = [
      Buffer.alloc(0),
      Buffer.from("\x16\x03\x01\x02", "latin1"),
      Buffer.from("\x00\xff\r\n\r\n"),
      Buffer.from("G"),
    ];
    socket.write(first[index % 4] as Buffer);
    return socket;
  });
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  sockets.slice(100, 150).forEach((socket) => void socket.resetAndDestroy());
  assert.equal((await get(`${url}/healthz`, PEM)).status, 200);
  let closed = false;
  void web.close().then(() => (closed = true));
  web.cut();
  await until("it is closed", () => closed);
});

test("new connections get the new certificate", async (t) => {
  const { url, web } = await serveTls(t);
  const other = testCertificate();
  web.setCertificate(other);
  assert.equal((await get(`${url}/healthz`, other)).status, 200);
  await assert.rejects(get(`${url}/healthz`, PEM));
});

test("over TLS the system queues little for a viewer, sends at once, and no other socket is tuned", {
  skip: process.platform !== "linux" && "reads Linux's option back",
}, async (t) => {
  const hand = handCamera(t);
  const prepared: Socket[] = [];
  const tune = await loadNotsentLowat();
  const app = createTestApp({
    cameras: [hand.camera],
    tuneSocket: (socket) => {
      tune(socket);
      prepared.push(socket);
    },
  });
  const web = new WebServer({ app, tlsPem: PEM });
  const url = (await listen(t, web.server)).replace("http:", "https:");
  t.after(() => web.cut());
  await get(`${url}/healthz`, PEM);
  const request = httpsGet(`${url}/video_feed`, { ca: PEM, agent: false });
  t.after(() => request.destroy());
  request.on("error", () => {});
  await until("a viewer has come", () => prepared.length > 0);
  assert.equal(prepared.length, 1);
  const { default: koffi } = await import("koffi");
  const getsockopt = koffi.load(null).func("int getsockopt(int, int, int, void *, void *)");
  const value = Buffer.alloc(4);
  const length = () => Buffer.of(4, 0, 0, 0);
  const fd = (prepared[0] as unknown as { _handle: { fd: number } })._handle.fd;
  assert.equal(getsockopt(fd, 6, 25, value, length()), 0);
  assert.equal(value.readInt32LE(), 16_384);
  // TCP_NODELAY is 1 (linux/tcp.h).
  assert.equal(getsockopt(fd, 6, 1, value, length()), 0);
  assert.equal(value.readInt32LE(), 1);
});

test("over TLS a slow viewer skips whole frames and holds at most one", async (t) => {
  const bytes = 1_000_000;
  const plain = heavyJpeg(bytes);
  const camera = testCamera(t, {
    async *open({ signal }) {
      for (let number = 0; !signal.aborted; number++) {
        const jpeg = Buffer.from(plain);
        jpeg.writeUInt32BE(number, jpeg.length - 1000);
        yield jpeg;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  });
  const web = new WebServer({ app: createTestApp({ cameras: [camera], tuneSocket: await loadTune() }), tlsPem: PEM });
  const url = (await listen(t, web.server)).replace("http:", "https:");
  t.after(() => web.cut());
  const held: TLSSocket[] = [];
  web.server.on("secureConnection", (socket: TLSSocket) => held.push(socket));
  const numbers: number[] = [];
  const splitter = new JpegSplitter();
  const request = httpsGet(`${url}/video_feed`, { ca: PEM, agent: false }, (response) => {
    response.on("data", (chunk: Buffer) => {
      for (const jpeg of splitter.push(chunk)) numbers.push(Buffer.from(jpeg).readUInt32BE(jpeg.length - 1000));
    });
    response.on("error", () => {});
    response.pause();
    const resume = () => response.resume();
    until("many pictures have passed it by", () => camera.status().frames > 60).then(resume, resume);
  });
  request.on("error", () => {});
  t.after(() => request.destroy());
  const part = buildPart({ jpeg: plain, seq: 0, capturedAt: Date.now(), at: 0 }).length.length;
  await until("it has caught up", () => numbers.length > 15, 20_000);
  assert.ok((held[0]?.writableLength ?? 0) <= part);
  const gaps = numbers.slice(1).map((number, index) => number - (numbers[index] as number));
  assert.ok(
    gaps.every((gap) => gap > 0),
    `in order, none twice: ${numbers}`,
  );
  assert.ok(Math.max(...gaps) > 20, `it skipped: ${numbers}`);
});

async function loadTune(): Promise<(socket: Socket) => void> {
  return await loadNotsentLowat().catch(() => () => {});
}
