import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { tcpConnect } from "../../src/drivers/tcp-connect.ts";
import { HEADER_BYTES, HEADER_LAYOUTS, packHeader, unpackHeader } from "../../src/protocols/frame-header.ts";
import { failureOf, openDriver } from "../support/cameras/open-driver.ts";
import { watchedCamera } from "../support/cameras/watched-camera.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startPeer } from "../support/peers/python-peer.ts";
import { apart, freePort, listenTcpTest, watchSocket } from "../support/sockets/tcp.ts";
import { needs } from "../support/tools.ts";

const skip = needs("python3");
const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
const [A, B] = ["a", "b"].map((label) => tinyJpeg({ label, width: 640, height: 480 })) as [Buffer, Buffer];

function assertInTurn(shown: readonly Buffer[], expected: readonly Buffer[] = pictures): void {
  for (const [index, picture] of shown.entries())
    assert.ok(picture.equals(expected[index % expected.length] as Buffer));
}

/** A server whose every connection is handed to `serve`; the options to connect to it. */
async function served(t: TestContext, serve: (socket: Socket) => unknown) {
  return { address: `127.0.0.1:${await listenTcpTest(t, serve)}` };
}

/** Writes a stream again and again, each time cut at another place. */
async function writeCutEverywhere(socket: Socket, stream: Buffer): Promise<void> {
  for (let cut = 1; cut < stream.length; cut++) {
    socket.write(stream.subarray(0, cut));
    await apart();
    socket.write(stream.subarray(cut));
  }
}

test("a program that serves its camera to one client in its life is shown, and dies when it is left", {
  skip,
}, async (t) => {
  const source = startPeer(t, "tcp_source.py", 0.01, ...FAKE_FRAMES);
  const [port] = await source.said<number>("port");
  const camera = watchedCamera(t, tcpConnect, { address: `127.0.0.1:${port}` });
  assertInTurn(await camera.shown(9));
  await camera.heard(new RegExp(`^note Connected to 127.0.0.1:${port}$`));
  await camera.camera.close();
  await source.said("left");
  await until("it has died", () => source.ended);
});

test("frames cut at every offset come out whole", async (t) => {
  const stream = Buffer.concat([A, B]);
  const camera = watchedCamera(t, tcpConnect, {
    ...(await served(t, (socket) => void writeCutEverywhere(socket, stream))),
  });
  assertInTurn(await camera.shown(2 * (stream.length - 1)), [A, B]);
});

test("fps thins a raw stream", async (t) => {
  const options = await served(t, (socket) => {
    const timer = setInterval(() => socket.write(A), 5);
    socket.on("close", () => clearInterval(timer));
  });
  const camera = openDriver(t, tcpConnect, { ...options, fps: "10" });
  await camera.next();
  const startedAt = performance.now();
  for (let count = 0; count < 4; count++) await camera.next();
  assert.ok(performance.now() - startedAt > 300, "four intervals of 100 ms, less a quarter of one");
});

test("a server that closes is reported, and connected to again", async (t) => {
  let served = 0;
  const port = await listenTcpTest(t, (socket) => {
    served++;
    socket.end(served === 1 ? A : B);
  });
  const camera = watchedCamera(t, tcpConnect, { address: `127.0.0.1:${port}` });
  await camera.shown(2);
  assert.deepEqual(camera.pictures.slice(0, 2), [A, B]);
  assert.ok(camera.events.includes(`failed 127.0.0.1:${port} closed the connection`));
});

test("a missing server and one that resets the connection are told apart in plain words", async (t) => {
  const port = await freePort();
  assert.equal(
    await failureOf(t, tcpConnect, { address: `127.0.0.1:${port}` }),
    `127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`,
  );
  const cutting = await served(t, (socket) => socket.resetAndDestroy());
  assert.equal(await failureOf(t, tcpConnect, cutting), `${cutting.address}: it cut the connection (ECONNRESET)`);
});

for (const layout of [...HEADER_LAYOUTS, "native"]) {
  test(`a program that is told by a hello how frames are wanted is shown, with ${layout} headers`, {
    skip,
  }, async (t) => {
    const server = startPeer(t, "negotiated_server.py", layout, 888, ...FAKE_FRAMES);
    const [port] = await server.said<number>("port");
    const header = layout === "native" ? "lhh12" : layout;
    const camera = watchedCamera(t, tcpConnect, {
      address: `127.0.0.1:${port}`,
      protocol: "negotiated",
      header,
      fps: "100",
    });
    assertInTurn(await camera.shown(6));
    assert.deepEqual(await server.said("hello"), [[988, 640, 480]]);
  });
}

test("the hello requests the options, by default 15 fps of 640 × 480, in one write", async (t) => {
  for (const layout of HEADER_LAYOUTS) {
    for (const [given, expected] of [
      [{}, { long: 903, width: 640, height: 480 }],
      [
        { fps: "5", width: "320", height: "200" },
        { long: 893, width: 320, height: 200 },
      ],
    ] as const) {
      const hellos: Buffer[] = [];
      const options = await served(t, (socket) => void socket.once("data", (chunk) => hellos.push(chunk)));
      openDriver(t, tcpConnect, { ...options, protocol: "negotiated", header: layout, ...given })
        .next()
        .catch(() => {});
      const hello = await until("the hello has come", () => hellos[0]);
      assert.equal(hello.length, HEADER_BYTES[layout]);
      assert.deepEqual(unpackHeader(layout, hello), expected);
    }
  }
});

for (const layout of HEADER_LAYOUTS) {
  test(`a stream with ${layout} headers, cut at every offset, comes out whole`, async (t) => {
    const framed = (jpeg: Buffer) =>
      Buffer.concat([packHeader(layout, { long: jpeg.length, width: 640, height: 480 }), jpeg]);
    const stream = Buffer.concat([framed(A), framed(B)]);
    const options = await served(t, (socket) => void writeCutEverywhere(socket, stream));
    const camera = watchedCamera(t, tcpConnect, { ...options, protocol: "negotiated", header: layout });
    assertInTurn(await camera.shown(2 * (stream.length - 1)), [A, B]);
  });
}

test("a server that closes at the hello is reported with that reason, and what may help", { skip }, async (t) => {
  const server = startPeer(t, "negotiated_server.py", "lhh12", 888, FAKE_FRAMES[0] as string);
  const [port] = await server.said<number>("port");
  const options = { address: `127.0.0.1:${port}`, protocol: "negotiated" };
  assert.equal(
    await failureOf(t, tcpConnect, options),
    `127.0.0.1:${port} closed the connection after the hello (15 fps, 640×480, header=lhh8). Try header=lhh12 or header=text.`,
  );
  const picky = startPeer(t, "negotiated_server.py", "lhh12", 911, FAKE_FRAMES[0] as string);
  const [pickyPort] = await picky.said<number>("port");
  assert.match(
    await failureOf(t, tcpConnect, { ...options, address: `127.0.0.1:${pickyPort}`, header: "lhh12" }),
    /closed the connection after the hello \(15 fps, 640×480, header=lhh12\)/,
  );
});

test("a later close is not reported as one after the hello", async (t) => {
  const options = await served(t, (socket) => {
    socket.end(Buffer.concat([packHeader("lhh8", { long: A.length, width: 640, height: 480 }), A]));
  });
  const { pictures: shown, failure } = await openDriver(t, tcpConnect, {
    ...options,
    protocol: "negotiated",
  }).untilFailure();
  assert.deepEqual(shown, [A]);
  assert.equal(failure.message, `${options.address} closed the connection`);
});

test("a length of 2^40 is refused in plain words, after the frames before it", async (t) => {
  const good = Buffer.concat([packHeader("lhh12", { long: A.length, width: 640, height: 480 }), A]);
  const hostile = packHeader("lhh12", { long: 2 ** 40, width: 640, height: 480 });
  const options = await served(t, (socket) => void socket.write(Buffer.concat([good, hostile])));
  const camera = openDriver(t, tcpConnect, { ...options, protocol: "negotiated", header: "lhh12" });
  const { pictures: shown, failure } = await camera.untilFailure();
  assert.deepEqual(shown, [A]);
  assert.equal(
    failure.message,
    `Cannot read frames of ${options.address}: it announced a frame of 1099511627776 bytes, over the limit of 16777216`,
  );
});

test("bytes behind a header that are no frame are skipped and counted, and the next frames come", async (t) => {
  const framed = (bytes: Buffer) => [packHeader("lhh8", { long: bytes.length, width: 640, height: 480 }), bytes];
  const nothing = Buffer.alloc(0);
  const stream = [A, Buffer.from("no picture"), nothing, A.subarray(0, 20), Buffer.concat([B, Buffer.alloc(9)])];
  const options = await served(t, (socket) => void socket.end(Buffer.concat(stream.flatMap(framed))));
  const camera = openDriver(t, tcpConnect, { ...options, protocol: "negotiated" });
  assert.deepEqual((await camera.untilFailure()).pictures, [A, B]);
  assert.deepEqual(camera.dropped, ["A buffer held no JPEG", "A buffer held no JPEG", "A frame is incomplete"]);
});

test("a server that sends nothing fails after the stall time, and is left", async (t) => {
  const left: Socket[] = [];
  const options = await served(t, (socket) => socket.resume().on("close", () => left.push(socket)));
  const controller = new AbortController();
  const parsed = tcpConnect.options.parse({ ...options, protocol: "negotiated" });
  const next = tcpConnect
    .open(parsed, { signal: controller.signal, dropped: () => {} })
    [Symbol.asyncIterator]()
    .next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  assert.equal((await next).done, true);
  await until("it is left", () => left.length === 1);
});

test("nothing is written to a raw source, not even texts posted to the camera", async (t) => {
  let bytes: () => Buffer = () => Buffer.alloc(0);
  const options = await served(t, (socket) => {
    bytes = watchSocket(t, socket).bytes;
    socket.write(A);
  });
  const camera = watchedCamera(t, tcpConnect, options);
  await camera.shown(1);
  assert.equal(camera.messages.post("test", "hello?"), 0);
  await camera.camera.close();
  assert.equal(bytes().length, 0);
});
