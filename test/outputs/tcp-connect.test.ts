import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { tcpConnect } from "../../src/outputs/tcp-connect.ts";
import { watchedOutput } from "../support/cameras/watched-output.ts";
import { until } from "../support/deferred.ts";
import { startPeer } from "../support/peers/python-peer.ts";
import { freePort, listenTcpTest, type TcpPeer, watchSocket } from "../support/sockets/tcp.ts";
import { needs } from "../support/tools.ts";
import { virtualTime } from "../support/virtual-time.ts";

const skip = needs("python3");

/** A viewer that listens, and the output that pushes to it. */
async function pushed(
  t: TestContext,
  options: Record<string, unknown> = {},
  serve: (socket: Socket) => void = () => {},
) {
  let viewer: TcpPeer | undefined;
  const port = await listenTcpTest(t, (socket) => {
    viewer = watchSocket(t, socket);
    serve(socket);
  });
  const output = watchedOutput(t, tcpConnect, { address: `127.0.0.1:${port}`, ...options });
  return { output, port, viewer: await until("it is connected to", () => viewer) };
}

const textsOf = ({ messages }: ReturnType<typeof watchedOutput>) => messages.list().map(({ text }) => text);

test("a viewer that takes one recv of 10,240 bytes for a frame gets whole ones, and its texts are kept", {
  skip,
}, async (t) => {
  const viewer = startPeer(t, "listening_viewer.py", 0, "forward", "左转", "stop");
  const [port] = await viewer.said<number>("port");
  const wasRead = (count: number) => viewer.ended || viewer.values("whole").length >= count;
  const options = { next: (index: number) => until("each before was read", () => wasRead(index)) };
  const output = watchedOutput(t, tcpConnect, { address: `127.0.0.1:${port}` }, options);
  await until("it has had five", () => wasRead(5));
  assert.deepEqual(new Set(viewer.values("whole")), new Set([true]));
  // On a busy machine two of them may come in one read, and nothing tells them apart.
  await until("all is heard", () => textsOf(output).join("") === "forward左转stop");
  assert.ok(output.messages.list().every(({ from }) => from === `tcp 127.0.0.1:${port}`));
  assert.deepEqual(output.specs, [{ quality: 25, maxBytes: 10_240 }]);
  await output.noted(new RegExp(`^Text from 127.0.0.1:${port}: "forward`));
});

test("a viewer that goes and comes back is reported, and pushed to again", { skip }, async (t) => {
  const port = await freePort();
  const first = startPeer(undefined, "listening_viewer.py", port);
  await first.said("port");
  const output = watchedOutput(t, tcpConnect, { address: `127.0.0.1:${port}` });
  await first.said("length", 2);
  await first.end();
  await until("it is noticed", () => output.failures.length > 0);
  assert.match(
    output.failures[0] as string,
    new RegExp(`^127.0.0.1:${port}( closed the connection|: it cut the connection \\(\\w+\\))$`),
  );
  await until("the camera is released", () => output.camera.status().state === "idle");
  assert.deepEqual(output.status().peers, []);
  const second = startPeer(t, "listening_viewer.py", port);
  await second.said("length", 2);
  assert.deepEqual(output.status().peers, [`127.0.0.1:${port}`]);
});

test("without a listener it reports that and leaves the camera alone", async (t) => {
  const port = await freePort();
  const output = watchedOutput(t, tcpConnect, { address: `127.0.0.1:${port}` });
  await until("it has failed", () => output.failures.length > 0);
  assert.equal(output.failures[0], `127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`);
  assert.equal(output.camera.status().state, "idle");
  assert.equal(output.specs.length, 0);
});

test("maxBytes, quality and size can be chosen, and each frame is one write", async (t) => {
  const { output, viewer } = await pushed(t, { maxBytes: "0", quality: "50", width: "160" });
  const reads: Buffer[] = [];
  viewer.socket.on("data", (chunk) => reads.push(chunk));
  await until("some have come", () => reads.length > 3);
  assert.deepEqual(output.specs, [{ width: 160, quality: 50 }]);
  for (const read of reads) {
    assert.equal(Buffer.concat(new JpegSplitter().push(read)).length, read.length, "a read is whole pictures");
  }
});

test("texts cut anywhere are read whole, and those without end in parts", async (t) => {
  const { output, viewer } = await pushed(t);
  const bytes = Buffer.from("前进\n");
  for (const byte of bytes) {
    viewer.socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await until("it is kept", () => textsOf(output).length === 1);
  viewer.socket.write("x".repeat(20_000));
  await until("its parts are kept", () => textsOf(output).join("").length === 2 + 20_000);
  assert.ok(textsOf(output).every(({ length }) => length <= 8192));
});

test("a viewer that says more than anyone could read is heard no more than a little, and still sees", async (t) => {
  const time = virtualTime(t);
  const { output, viewer } = await pushed(t);
  let flooding = true;
  t.after(() => {
    flooding = false;
  });
  const flood = () => {
    if (flooding) viewer.socket.write(Buffer.alloc(6000, "no\n"), () => setImmediate(flood));
  };
  flood();
  const before = process.memoryUsage().rss;
  const frames = () => output.status().frames;
  await until("it is heard", () => textsOf(output).length === 20);
  await time.until("it sees a second of pictures", () => frames() > 40);
  flooding = false;
  const seconds = Math.ceil(time.passedMs / 1000);
  assert.ok(textsOf(output).length <= 20 * (seconds + 1), `${textsOf(output).length} texts in ${seconds} s`);
  assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
  assert.ok(output.notes.length <= 12);
});

test("a viewer's text cannot move a terminal's cursor in the log", async (t) => {
  const { output, viewer } = await pushed(t);
  viewer.socket.write(`\x1b[2J${"long ".repeat(100)}`);
  const note = await output.noted(/^Text from/);
  assert.ok(!note.includes("\x1b"));
  assert.ok(note.length < 300);
});

test("closing it leaves the viewer and the camera", async (t) => {
  const { output, viewer } = await pushed(t);
  await viewer.received(1000);
  await output.close();
  await viewer.closed();
  await until("the camera is released", () => output.camera.status().state === "idle");
  assert.deepEqual(output.failures, []);
});
