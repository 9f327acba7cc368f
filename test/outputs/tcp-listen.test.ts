import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { createTcpListen, type TcpListenTimeouts } from "../../src/outputs/tcp-listen.ts";
import {
  HEADER_BYTES,
  HEADER_LAYOUTS,
  type HeaderLayout,
  packHeader,
  unpackHeader,
} from "../../src/protocols/frame-header.ts";
import { FrameReader } from "../../src/protocols/frame-reader.ts";
import { portOf, watchedOutput } from "../support/cameras/watched-output.ts";
import { until } from "../support/deferred.ts";
import { startPeer } from "../support/peers/python-peer.ts";
import { apart, connectPeer, listenTcpTest, type TcpPeer } from "../support/sockets/tcp.ts";
import { needs } from "../support/tools.ts";

const skip = needs("python3");
const WISH = { long: 888 + 15, width: 320, height: 200 };

/** The output at a free port of 127.0.0.1. */
async function listening(
  t: TestContext,
  options: Record<string, unknown> = {},
  { times = {}, fps = 50 }: { readonly times?: TcpListenTimeouts; readonly fps?: number } = {},
) {
  const watched = watchedOutput(t, createTcpListen(times), { address: "127.0.0.1:0", ...options }, { fps });
  return { ...watched, port: await portOf(watched) };
}

const negotiated = { protocol: "negotiated" };

/** The pictures that came so far. */
function pictures({ bytes }: TcpPeer): Buffer[] {
  return new JpegSplitter().push(bytes()).map((jpeg) => Buffer.from(jpeg));
}

/** Waits until the first picture behind a header has come whole; gives both. */
async function firstFrame(peer: TcpPeer, layout: HeaderLayout) {
  const jpeg = await until("a picture has come", () => [...new FrameReader(layout).push(peer.bytes())][0]);
  const header = unpackHeader(layout, peer.bytes().subarray(0, HEADER_BYTES[layout]));
  return { jpeg, header };
}

async function sizeOf(jpeg: Buffer) {
  const { width, height } = await sharp(jpeg).metadata();
  return { width, height };
}

interface ReadFact {
  readonly length: number;
  readonly whole: boolean;
}

test("a program that takes each recv for one frame gets whole ones", { skip }, async (t) => {
  // Less than half the window of a new connection, which is as much as Linux sends at once.
  const output = await listening(t, { maxBytes: "30000" }, { fps: 4 });
  const viewer = startPeer(t, "tcp_viewer.py", "127.0.0.1", output.port, 65_536, 5);
  await viewer.said("length", 5);
  for (const { length, whole } of viewer.facts as unknown as ReadFact[]) {
    assert.equal(whole, true, `${length} bytes`);
    assert.ok(length <= 30_000);
  }
});

test("by default a frame has quality 80, its camera's size and at most 60,000 bytes", async (t) => {
  const output = await listening(t);
  const peer = await connectPeer(t, output.port);
  await until("some have come", () => pictures(peer).length > 3);
  assert.deepEqual(output.specs, [{ quality: 80, maxBytes: 60_000 }]);
  for (const picture of pictures(peer)) {
    assert.ok(picture.length <= 60_000);
    assert.deepEqual(await sizeOf(picture), { width: 1280, height: 720 });
  }
});

test("maxBytes sets another limit, and 0 none", async (t) => {
  const [small, unlimited] = [await listening(t, { maxBytes: "5000" }), await listening(t, { maxBytes: "0" })];
  const peer = await connectPeer(t, small.port);
  const [picture] = await until("a picture has come", () => (pictures(peer).length > 0 ? pictures(peer) : undefined));
  assert.ok((picture as Buffer).length <= 5000);
  await connectPeer(t, unlimited.port);
  await until("it is asked for", () => unlimited.specs.length > 0);
  assert.deepEqual(unlimited.specs, [{ quality: 80 }]);
});

test("an output takes what a variant takes", async (t) => {
  const output = await listening(t, { width: "320", quality: "30", fps: "5" });
  const peer = await connectPeer(t, output.port);
  const [picture] = await until("a picture has come", () => (pictures(peer).length > 0 ? pictures(peer) : undefined));
  assert.deepEqual(await sizeOf(picture as Buffer), { width: 320, height: 180 });
  assert.deepEqual(output.specs, [{ width: 320, quality: 30, fps: 5, maxBytes: 60_000 }]);
});

test("the camera is open only while a client is connected, and the status names it", async (t) => {
  const output = await listening(t);
  assert.equal(output.camera.status().state, "idle");
  assert.deepEqual(output.status().peers, []);
  const peers = [await connectPeer(t, output.port), await connectPeer(t, output.port)];
  await until("both are counted", () => output.status().peers.length === 2);
  assert.deepEqual([...output.status().peers].sort(), peers.map(({ name }) => name).sort());
  await until(
    "pictures went out",
    () => output.status().frames > 2 && output.status().bytes > 10_000 && output.status().fps > 0,
  );
  assert.equal(output.camera.status().state, "live");
  for (const { socket } of peers) socket.destroy();
  await until("the camera is released", () => output.camera.status().state === "idle");
  await until("nobody is left", () => output.status().peers.length === 0);
  assert.deepEqual(output.failures, []);
});

for (const layout of [...HEADER_LAYOUTS, "native"]) {
  test(`a program that asks as ${layout} gets frames of its own size, each behind a header`, { skip }, async (t) => {
    const output = await listening(t, negotiated);
    const viewer = startPeer(t, "negotiated_client.py", "127.0.0.1", output.port, layout, 888 + 50, 300, 300, 5);
    await viewer.said("ended");
    const frames = viewer.facts.filter((fact) => "jpeg" in fact);
    assert.equal(frames.length, 5);
    for (const { width, height, whole, jpeg } of frames) {
      assert.deepEqual([width, height, whole, jpeg], [300, 300, true, [300, 300]]);
    }
    assert.deepEqual(output.specs, [{ quality: 80, width: 300, height: 300, fit: "exact", fps: 50 }]);
  });
}

for (const layout of HEADER_LAYOUTS) {
  test(`a hello as ${layout} may come in any two pieces, or byte by byte`, async (t) => {
    // More of them ask at once than there are places by default.
    const output = await listening(t, { ...negotiated, maxClients: "1000" }, { fps: 5 });
    const hello = packHeader(layout, WISH);
    const cuts = Array.from({ length: hello.length - 1 }, (_, index) => [index + 1]);
    const all = Array.from({ length: hello.length - 1 }, (_, index) => index + 1);
    await Promise.all(
      [...cuts, all].map(async (places) => {
        const peer = await connectPeer(t, output.port);
        for (const [index, at] of [0, ...places].entries()) {
          peer.socket.write(hello.subarray(at, places[index]));
          await apart();
        }
        const { header, jpeg } = await firstFrame(peer, layout);
        assert.deepEqual(header, { long: jpeg.length, width: 320, height: 200 }, `cut at ${places}`);
        peer.socket.destroy();
      }),
    );
    assert.deepEqual(output.notes.length, 1, output.notes.join("; "));
  });

  test(`a hello as ${layout} without the magic is closed without a byte`, async (t) => {
    const output = await listening(t, negotiated, { times: { settledAfterMs: 50 } });
    const peer = await connectPeer(t, output.port);
    peer.socket.write(packHeader(layout, { ...WISH, long: 888 }));
    assert.equal((await peer.closed()).length, 0);
    await output.noted(
      new RegExp(`^Client rejected: ${peer.name}: its hello is invalid: its first number is 888, not `),
    );
    assert.equal(output.specs.length, 0);
  });

  test(`a header and its frame, as ${layout}, are one write`, async (t) => {
    const output = await listening(t, negotiated, { fps: 5 });
    const peer = await connectPeer(t, output.port);
    const reads: Buffer[] = [];
    peer.socket.on("data", (chunk) => reads.push(chunk));
    peer.socket.write(packHeader(layout, WISH));
    const { jpeg } = await firstFrame(peer, layout);
    assert.equal(reads[0]?.length, HEADER_BYTES[layout] + jpeg.length);
  });
}

test("an lhh8 hello for 0 × 0 pixels is told from half an lhh12 one by the silence after it, and gets one pixel", async (t) => {
  const output = await listening(t, negotiated, { times: { settledAfterMs: 100 } });
  const peer = await connectPeer(t, output.port);
  peer.socket.write(packHeader("lhh8", { long: 900, width: 0, height: 0 }));
  const { header } = await firstFrame(peer, "lhh8");
  assert.deepEqual([header?.width, header?.height], [1, 1]);
});

test("clients of different wishes get each their own, at their own pace, and may be few or absurd", async (t) => {
  const output = await listening(t, negotiated, { fps: 60 });
  const wishes: Array<[HeaderLayout, typeof WISH]> = [
    ["lhh8", { long: 888 + 1, width: 64, height: 48 }],
    ["lhh12", { long: 888 + 40, width: 48, height: 64 }],
    ["text", { long: 888 + 1_000_000, width: -5, height: 32 }],
  ];
  const clients = await Promise.all(
    wishes.map(async ([layout, wish]) => {
      const peer = await connectPeer(t, output.port);
      peer.socket.write(packHeader(layout, wish));
      return { peer, layout };
    }),
  );
  const count = ({ peer, layout }: (typeof clients)[0]) => [...new FrameReader(layout).push(peer.bytes())].length;
  await until("the fast one has many", () => count(clients[1] as (typeof clients)[0]) >= 20);
  const [slow, fast] = clients.map(count) as [number, number];
  assert.ok(slow >= 1 && slow <= fast / 3, `${slow} and ${fast} pictures`);
  const sizes = await Promise.all(
    clients.map(async ({ peer, layout }) => sizeOf((await firstFrame(peer, layout)).jpeg)),
  );
  assert.deepEqual(sizes, [
    { width: 64, height: 48 },
    { width: 48, height: 64 },
    { width: 1, height: 32 },
  ]);
  assert.deepEqual(output.specs.map(({ fps }) => fps).sort(), [1, 40, 60]);
});

test("the output's own fps is the most a client gets", async (t) => {
  const output = await listening(t, { ...negotiated, fps: "3" });
  const peer = await connectPeer(t, output.port);
  peer.socket.write(packHeader("lhh8", WISH));
  await firstFrame(peer, "lhh8");
  assert.equal(output.specs[0]?.fps, 3);
});

test("with negotiated, options that are the client's to choose are refused by name", () => {
  const parse = (options: object) => createTcpListen().options.safeParse({ address: "8880", ...options });
  for (const option of ["width", "height", "maxBytes"]) {
    const [issue] = parse({ ...negotiated, [option]: "100" }).error?.issues ?? [];
    assert.deepEqual([issue?.path, issue?.message], [[option], "must be omitted with protocol=negotiated"]);
    assert.equal(parse({ [option]: "100" }).success, true);
  }
});

test("a client that sends no hello in its time is closed; a later one is served", async (t) => {
  const output = await listening(t, negotiated, { times: { withinMs: 100 } });
  const [silent, slow] = [await connectPeer(t, output.port), await connectPeer(t, output.port)];
  const dribble = setInterval(() => slow.socket.write(" "), 20);
  t.after(() => clearInterval(dribble));
  await silent.closed();
  await slow.closed();
  await output.noted(/Client rejected: .*: its hello is invalid: only \d+ bytes arrived in 0\.1 s$/);
  const good = await connectPeer(t, output.port);
  good.socket.write(packHeader("lhh8", WISH));
  await firstFrame(good, "lhh8");
});

test("500 connections without a hello cost little, are logged in one line, and keep no client out", async (t) => {
  const output = await listening(t, { ...negotiated, maxClients: "50" });
  const before = process.memoryUsage().rss;
  const idle = await Promise.all(Array.from({ length: 500 }, () => connectPeer(t, output.port)));
  await until("only 50 are left", () => idle.filter(({ socket }) => !socket.destroyed).length <= 50);
  const good = await connectPeer(t, output.port);
  good.socket.write(packHeader("text", WISH));
  await firstFrame(good, "text");
  assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
  assert.equal(output.notes.length, 2, output.notes.join("; "));
  assert.match(output.notes[1] as string, /^Client closed to make room for another: .*: it sent no hello$/);
  assert.deepEqual(output.status().peers, [good.name]);
  // Nor do those that come later push out one that is served.
  await Promise.all(Array.from({ length: 100 }, () => connectPeer(t, output.port)));
  const seen = good.bytes().length;
  await until("it goes on", () => good.bytes().length > seen + 100_000);
});

/** Clients of the output that read nothing. */
async function stuckClients(t: TestContext, port: number, count: number): Promise<TcpPeer[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const peer = await connectPeer(t, port);
      peer.socket.pause();
      return peer;
    }),
  );
}

/** Large pictures, often. */
const HEAVY = { maxBytes: "0", quality: "95" };

test("when all slots are taken, another client is rejected", async (t) => {
  const output = await listening(t, { ...HEAVY, maxClients: "20" }, { times: { stuckMs: 600_000 }, fps: 100 });
  await stuckClients(t, output.port, 40);
  await output.noted(/^Client rejected: .*: all 20 slots are taken$/);
  assert.equal(output.status().peers.length, 20);
});

test("when all slots are taken, a client that takes no frames makes room for another", async (t) => {
  const output = await listening(t, { ...HEAVY, maxClients: "20" }, { times: { stuckMs: 100 }, fps: 100 });
  await stuckClients(t, output.port, 40);
  await until("all places are taken", () => output.status().peers.length === 20);
  const good = await until("one that reads gets in", async () => {
    const peer = await connectPeer(t, output.port);
    await until("it gets a picture, or none", () => pictures(peer).length > 0 || peer.socket.closed);
    return peer.socket.closed ? undefined : peer;
  });
  assert.ok(output.status().peers.includes(good.name));
  await until("the other is gone", () => output.status().peers.length === 20);
});

test("an address that has all slots loses some to others, which keep them", async (t) => {
  const output = await listening(t, { maxClients: "4" });
  const first = [];
  for (let count = 0; count < 4; count++) first.push(await connectPeer(t, output.port));
  await until("all places are taken", () => output.status().peers.length === 4);
  for (let count = 0; count < 2; count++) {
    const other = await connectPeer(t, output.port, "127.0.0.2");
    await until("it gets a picture", () => pictures(other).length > 0);
  }
  assert.deepEqual(
    first.map(({ socket }) => socket.closed),
    [false, false, true, true],
  );
  await output.noted(/^Client closed to make room for another: 127\.0\.0\.1:\d+: its address had the most slots$/);
  const equal = await connectPeer(t, output.port);
  assert.equal((await equal.closed()).length, 0);
});

test("clients that take nothing are dropped in time, and one that reads goes on", async (t) => {
  const output = await listening(t, HEAVY, { times: { drainTimeoutMs: 1500 }, fps: 100 });
  await stuckClients(t, output.port, 20);
  const good = await connectPeer(t, output.port);
  await until("all are there", () => output.status().peers.length === 21);
  await until("the others are dropped", () => output.status().peers.length === 1);
  assert.deepEqual(output.status().peers, [good.name]);
  assert.ok(output.status().dropped > 0);
  const seen = pictures(good).length;
  await until("it goes on", () => pictures(good).length > seen);
});

test("a client that falls behind gets whole frames, only the newest, and holds up no other", async (t) => {
  const output = await listening(t, HEAVY, { fps: 60 });
  const [slow, fast] = [await connectPeer(t, output.port), await connectPeer(t, output.port)];
  slow.socket.pause();
  await until("the fast one has many", () => pictures(fast).length >= 50);
  slow.socket.resume();
  await until("the slow one goes on, and what it missed is counted", () => output.status().dropped > 20);
  assert.ok(pictures(slow).length <= 25, `${pictures(slow).length} were kept for it`);
  await until("it has a picture", () => pictures(slow).length > 0);
  // Whatever came is pictures end to end: nothing between them, and at most one unfinished.
  const length = pictures(slow).reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual(slow.bytes().subarray(0, length), Buffer.concat(pictures(slow)));
});

test("a port that is taken is refused at start, in one sentence", async (t) => {
  const output = createTcpListen();
  const address = `127.0.0.1:${await listenTcpTest(t, () => {})}`;
  await assert.rejects(
    async () => await output.check?.(output.options.parse({ address })),
    /is in use by another program/,
  );
});

test("closing it cuts its clients and frees the port", async (t) => {
  const output = await listening(t);
  const peer = await connectPeer(t, output.port);
  await until("it is served", () => pictures(peer).length > 0);
  await output.close();
  await peer.closed();
  const again = createTcpListen();
  await again.check?.(again.options.parse({ address: `127.0.0.1:${output.port}` }));
  await until("the camera is released", () => output.camera.status().state === "idle");
});
