import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { residentBytes } from "../support/programs/proc.ts";
import { type Program, startProgram } from "../support/programs/program.ts";
import { listen } from "../support/serve.ts";
import { handshake } from "../support/sockets/raw-web-socket.ts";

/*
 * Peers that send single bytes without end. The program, seen from outside, may use no more memory
 * than the bytes themselves, and must stay responsive. One object per byte takes about 650 bytes
 * (measured 2026-11-29, Node 20): the program grew by 470 MB, or ran out of memory, in seconds.
 */

const GROWTH_BYTES = 160 * 1024 * 1024;

/** How long a flood lasts, where the server holds it up. */
const FLOOD_MS = 700;

/** Where it does not, this many bytes are enough: each would take a hundred times its memory. */
const FLOOD_BYTES = 32 * 1024 * 1024;

const JPEG = tinyJpeg({ label: "good" });

interface Flood {
  readonly port: number;
  /** The start of each connection. */
  readonly first: Buffer;
  /** The bytes that repeat. */
  readonly piece: Buffer;
  readonly connections?: number;
  /** How long it lasts. @default FLOOD_MS */
  readonly ms?: number;
}

/** Starts the program with a heap that one Buffer per byte would fill in seconds. */
async function started(t: TestContext, cameras: readonly string[]) {
  const program = await startProgram(t, cameras, { env: { NODE_OPTIONS: "--max-old-space-size=256" } });
  const pid = program.process.pid as number;
  const before = residentBytes(pid);
  let most = before;
  const clock = setInterval(() => {
    if (program.process.exitCode === null && program.process.signalCode === null)
      most = Math.max(most, residentBytes(pid));
  }, 20);
  t.after(() => clearInterval(clock));
  return { program, port: Number(new URL(program.url).port), grownBy: () => most - before };
}

/** Sends as fast as the server reads, for a while; returns the number of bytes. */
async function flood({ port, first, piece, connections = 1, ms = FLOOD_MS }: Flood): Promise<number> {
  const block = Buffer.concat(Array<Buffer>(8000).fill(piece));
  let sent = 0;
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(port, "127.0.0.1");
    const send = () => {
      while (sent < FLOOD_BYTES && socket.writable && socket.write(block)) sent += block.length;
    };
    socket.on("error", () => {}).on("drain", send);
    socket.on("connect", () => {
      socket.write(first);
      send();
    });
    return socket;
  });
  const endsAt = performance.now() + ms;
  while (sent < FLOOD_BYTES && performance.now() < endsAt) await sleep(10);
  for (const socket of sockets) {
    sent += socket.bytesWritten;
    socket.destroy();
  }
  return sent;
}

/** Asserts that the program runs, has not grown by much, and still accepts a frame. */
async function assertUnmoved(program: Program, grown: number): Promise<void> {
  assert.equal(program.process.exitCode ?? program.process.signalCode, null, program.errors());
  assert.ok(grown < GROWTH_BYTES, `It grew by ${Math.round(grown / 1024 / 1024)} MB.`);
  const answer = await fetch(`${program.url}/cameras/other/frames`, { method: "POST", body: new Uint8Array(JPEG) });
  assert.equal(answer.status, 202);
}

function head(method: string, path: string, type: string): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "Host: localhost",
    `Content-Type: ${type}`,
    "Transfer-Encoding: chunked",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

const SINGLE = Buffer.from("1\r\n \r\n");
const CAMERAS = ["phone=push", "other=push", "desk=fake"];
/** A JPEG up to the middle of its data. */
const OPEN_JPEG = JPEG.subarray(0, -4);

const BODIES: Record<string, Omit<Flood, "port">> = {
  "an image of another format": {
    first: Buffer.concat([
      head("POST", "/cameras/phone/frames", "image/png"),
      chunk(Buffer.from("89504e470d0a1a0a00000000", "hex")),
    ]),
    piece: SINGLE,
  },
  "a JPEG": {
    first: Buffer.concat([head("POST", "/cameras/phone/frames", "image/jpeg"), chunk(OPEN_JPEG)]),
    piece: SINGLE,
  },
  "a stream of JPEGs": {
    first: Buffer.concat([
      head("POST", "/cameras/phone/frames", "multipart/x-mixed-replace; boundary=x"),
      chunk(Buffer.from("--x\r\nContent-Type: image/jpeg\r\n\r\n")),
    ]),
    piece: SINGLE,
  },
  "several frames of one address at once": {
    first: Buffer.concat([head("POST", "/cameras/phone/frames", "image/jpeg"), chunk(OPEN_JPEG)]),
    piece: SINGLE,
    connections: 40,
  },
  messages: { first: head("POST", "/api/cameras/desk/messages", "application/json"), piece: SINGLE, connections: 40 },
  controls: { first: head("PATCH", "/api/cameras/desk/controls", "application/json"), piece: SINGLE, connections: 40 },
  "what a token is for": { first: head("POST", "/api/tokens", "application/json"), piece: SINGLE, connections: 40 },
  "an address to draw": {
    first: head("POST", "/cameras/desk/share.svg", "text/plain"),
    piece: SINGLE,
    connections: 40,
  },
  "bodies that nobody reads": {
    first: head("GET", "/cameras/desk/video_feed", "text/plain"),
    piece: SINGLE,
    connections: 40,
  },
};

test("endless bodies of single bytes take no more memory than the bytes", async (t) => {
  const { program, port, grownBy } = await started(t, CAMERAS);
  for (const [what, parts] of Object.entries(BODIES)) {
    await t.test(what, async () => {
      assert.ok((await flood({ port, ...parts })) > 10_000);
      await assertUnmoved(program, grownBy());
    });
  }
});

/** A WebSocket frame of one byte, masked by zeros (RFC 6455, 5.2). */
function frame(opcode: number, isLast: boolean, bytes = Buffer.from("x")): Buffer {
  return Buffer.concat([Buffer.of((isLast ? 0x80 : 0) | opcode, 0x80 | bytes.length, 0, 0, 0, 0), bytes]);
}

const [CONTINUATION, BINARY, PING, PONG] = [0, 2, 9, 10] as const;
/** A chunk of one byte, and what may come before the next. */
const pongs = Array<Buffer>(100).fill(frame(PONG, true, Buffer.alloc(125)));
const STUFFED = Buffer.concat([frame(CONTINUATION, false), ...pongs]);

const SOCKETS: Record<string, Omit<Flood, "port">> = {
  "fragments of a frame": { first: frame(BINARY, false), piece: frame(CONTINUATION, false) },
  "fragments among pongs": { first: frame(BINARY, false), piece: STUFFED, ms: 2000 },
  pictures: { first: Buffer.alloc(0), piece: frame(BINARY, true) },
  "empty pictures": { first: Buffer.alloc(0), piece: frame(BINARY, true, Buffer.alloc(0)) },
  pings: { first: Buffer.alloc(0), piece: frame(PING, true, Buffer.alloc(125)) },
};

test("endless messages of single bytes take no more memory than the bytes", async (t) => {
  const { program, port, grownBy } = await started(t, CAMERAS);
  for (const path of ["/cameras/phone/frames", "/live"]) {
    for (const [what, { first, ...rest }] of Object.entries(SOCKETS)) {
      await t.test(`${what} to ${path}`, async () => {
        assert.ok((await flood({ port, ...rest, first: Buffer.concat([handshake(path), first]) })) > 10_000);
        await assertUnmoved(program, grownBy());
      });
    }
  }
});

test("single bytes over TCP take no more memory than the bytes", async (t) => {
  const { program, grownBy } = await started(t, [...CAMERAS, "lan=tcp-listen:127.0.0.1:0"]);
  const port = await until(
    "it listens",
    () => /publisher on port (\d+)/.exec(program.output() + program.errors())?.[1],
  );
  const socket = connect(Number(port), "127.0.0.1").setNoDelay(true);
  t.after(() => socket.destroy());
  socket.write(OPEN_JPEG);
  // Usually each in its own packet.
  const endsAt = performance.now() + FLOOD_MS;
  while (performance.now() < endsAt) {
    for (let count = 0; count < 500; count++) socket.write(Buffer.of(0x20));
    await sleep(1);
  }
  await assertUnmoved(program, grownBy());
});

test("a camera's answers of single bytes take no more memory than the bytes", async (t) => {
  const server = createServer(({ url }, response) => {
    const type = url === "/picture" ? "image/png" : "multipart/x-mixed-replace; boundary=x";
    response.writeHead(200, { "Content-Type": type });
    response.write(url === "/picture" ? Buffer.from("89504e470d0a1a0a00000000", "hex") : OPEN_JPEG);
    const raw = response.socket as import("node:net").Socket;
    const block = Buffer.from("1\r\n \r\n".repeat(8000));
    const send = () => {
      while (raw.writable && raw.write(block));
    };
    raw.on("drain", send).on("error", () => {});
    setTimeout(send, 20);
  });
  const { host } = new URL(await listen(t, server));
  const cameras = ["picture", "stream"].map((name) => `${name}=http://${host}/${name}#always=true`);
  const { program, grownBy } = await started(t, [...CAMERAS, ...cameras]);
  await sleep(FLOOD_MS);
  await assertUnmoved(program, grownBy());
});
