import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChargeChunks, joinSmallChunks } from "../../src/net/join-small-chunks.ts";
import { readAll } from "../../src/util/byte-collector.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { virtualTime } from "../support/virtual-time.ts";

/** A server that joins pieces of each body, and a client that writes to it. */
async function served(t: TestContext, charge: ChargeChunks, answer: RequestListener) {
  const server = createServer((request, response) => {
    joinSmallChunks(request, charge);
    answer(request, response);
  });
  const { port } = new URL(await listen(t, server));
  const socket = connect(Number(port), "127.0.0.1");
  t.after(() => socket.destroy());
  let answered = "";
  socket.on("data", (bytes) => (answered += bytes.toString("latin1"))).on("error", () => {});
  return { socket, answered: () => answered };
}

const HEAD = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
const END = "0\r\n\r\n";

function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

const BYTES = Buffer.from(Array.from({ length: 60_000 }, (_, index) => index % 251));

const SINGLES = Buffer.concat(Array.from(BYTES, (byte) => chunk(Uint8Array.of(byte))));

test("a body in pieces of one byte arrives whole, in pieces of many", async (t) => {
  let [pieces, charged] = [0, 0];
  let body: Buffer | undefined;
  const { socket } = await served(
    t,
    (count) => {
      charged += count;
      return 0;
    },
    async (request, response) => {
      const counted = async function* () {
        for await (const piece of request) {
          pieces++;
          yield piece as Buffer;
        }
      };
      body = await readAll(counted(), 100_000);
      response.end("taken");
    },
  );
  socket.write(Buffer.concat([Buffer.from(HEAD), SINGLES, Buffer.from(END)]));
  await until("it is read", () => body);
  assert.deepEqual(body, BYTES);
  assert.equal(charged, BYTES.length);
  assert.ok(pieces < 1000, `${pieces}`);
});

test("large and small pieces keep their order, and a listener gets each once the socket has no more", async (t) => {
  const got: Buffer[] = [];
  const { socket } = await served(
    t,
    () => 0,
    (request) => void request.on("data", (piece: Buffer) => got.push(piece)),
  );
  socket.write(HEAD);
  let sent = 0;
  for (const size of [1, 2, 511, 512, 3, 20_000, 1, 1, 16_384, 5]) {
    socket.write(chunk(BYTES.subarray(sent, sent + size)));
    sent += size;
    await until("it has come", () => Buffer.concat(got).length === sent);
  }
  assert.deepEqual(Buffer.concat(got), BYTES.subarray(0, sent));
});

test("an unread body takes little memory a byte", async (t) => {
  let request: IncomingMessage | undefined;
  const { socket } = await served(
    t,
    () => 0,
    (incoming) => {
      request = incoming;
    },
  );
  socket.write(HEAD);
  await until("it is there", () => request);
  // The system's buffers fill, and then nothing is taken any more.
  const singles = Buffer.from("1\r\nx\r\n".repeat(100_000));
  let isFull = false;
  while (!isFull) isFull = !socket.write(singles) && (await Promise.race([drained(socket), sleep(500)])) === undefined;
  const unread = request as unknown as { _readableState: { buffer: { length: number } } };
  const { length } = unread._readableState.buffer;
  assert.ok(length < 100, `${length} pieces are kept`);
});

async function drained(socket: import("node:net").Socket): Promise<true> {
  await new Promise((resolve) => socket.once("drain", resolve));
  return true;
}

test("a peer with too many chunks is not read for the given time", async (t) => {
  const time = virtualTime(t);
  let [charged, isPatient] = [0, true];
  let got = 0;
  const { socket } = await served(
    t,
    (count) => {
      charged += count;
      return isPatient ? 0 : 60_000;
    },
    (request) => void request.on("data", (piece: Buffer) => (got += piece.length)),
  );
  socket.write(HEAD);
  socket.write(chunk(Buffer.of(1)));
  await until("it is read", () => got === 1);
  isPatient = false;
  socket.write("1\r\nx\r\n".repeat(500_000));
  await until("some came", () => charged > 1);
  const soFar = charged;
  await time.advance(59_999);
  assert.equal(charged, soFar);
  assert.ok(charged <= 1 + 65_536 / 6 + 1, "More than one read of the socket was taken.");
  await time.advance(1);
  await until("more came", () => charged > soFar);
});

test("a connection that was held up goes on, also with the next request", async (t) => {
  const bodies: number[] = [];
  const { socket, answered } = await served(
    t,
    (count) => Math.min(count, 20),
    async (request, response) => {
      bodies.push((await readAll(request, 100_000)).length);
      response.end("taken");
    },
  );
  const one = Buffer.concat([Buffer.from(HEAD), SINGLES, Buffer.from(END)]);
  socket.write(one);
  await until("it is answered", () => answered().match(/taken/g)?.length === 1);
  socket.write(one);
  await until("the next is answered", () => answered().match(/taken/g)?.length === 2);
  assert.deepEqual(bodies, [60_000, 60_000]);
});
