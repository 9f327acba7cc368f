import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import fc from "fast-check";
import { udpListen } from "../../src/drivers/udp-listen.ts";
import { readJsonMessage } from "../../src/messages/udp-listen.ts";
import { datagramsOf } from "../../src/protocols/datagram-layout.ts";
import { DatagramReceiver } from "../../src/protocols/datagrams.ts";
import { until } from "../support/deferred.ts";
import { COSTLY_RUNS, FUZZ_RUNS } from "../support/fuzz.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";
import { freeUdpPort, generator } from "../support/sockets/udp.ts";

const numRuns = FUZZ_RUNS;

const JPEG = heavyJpeg(3000, "fuzz");
const PIECES = [...datagramsOf(JPEG, 8), ...datagramsOf(JPEG, 4)].map((piece) => Buffer.from(piece));

/**
 * A datagram: any bytes, a header, a frame or a piece of one, or a message of one of two servers.
 */
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(header),
  fc.bigInt({ min: 1n, max: 6000n }).map(header),
  fc.constantFrom(...PIECES),
  fc.constantFrom(tinyJpeg(), JPEG, JPEG.subarray(0, -2), Buffer.alloc(0), Buffer.from("get message!!!")),
);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ from: fc.integer({ min: 1, max: 4 }), datagram }) },
  { weight: 1, arbitrary: fc.record({ passMs: fc.integer({ min: 1, max: 5000 }) }) },
);

test(`${COSTLY_RUNS} conversations of any datagrams leave a receiver that accepts a good sender's frame and forgets the rest`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      let now = 0;
      let came = 0;
      let answered = 0;
      let pictures: Buffer[] = [];
      const receiver = new DatagramReceiver({
        onImage: (picture) => pictures.push(picture),
        onDropped: (reason) => assert.notEqual(reason, ""),
        answer: () => answered++,
      });
      const pass = (ms: number) => {
        for (const end = now + ms; now < end; now = Math.min(end, Math.max(now + 1, receiver.dueAt)))
          receiver.tick(now);
        receiver.tick(now);
      };
      for (const one of steps) {
        if ("passMs" in one) {
          pass(one.passMs);
        } else {
          receiver.receive(one.datagram, { host: "10.0.0.1", port: one.from }, now);
          came++;
        }
        assert.ok(receiver.held.senders <= 4 && receiver.held.bytes <= 4 * 64 * 1024);
        // One each, its three repeats, and the twenty late ones of a sender that goes on.
        assert.ok(answered <= came * 24, `${answered} answers for ${came} datagrams`);
      }
      for (const picture of pictures)
        assert.ok(picture.equals(JPEG) || picture.subarray(0, 2).toString("hex") === "ffd8");
      pictures = [];
      for (const piece of datagramsOf(JPEG, 8))
        receiver.receive(Buffer.from(piece), { host: "10.0.0.2", port: 1 }, now);
      assert.deepEqual(pictures, [JPEG]);
      pass(700_000);
      assert.deepEqual([receiver.held, receiver.dueAt], [{ senders: 0, bytes: 0 }, Number.POSITIVE_INFINITY]);
    }),
    { numRuns: COSTLY_RUNS },
  );
});

test(`${numRuns} datagrams of any bytes are JSON with a text, or refused with a reason`, () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 9000 }),
    fc.json().map((json) => new TextEncoder().encode(json)),
    fc.json({ noUnicodeString: false }).map((json) => new TextEncoder().encode(json).subarray(0, -1)),
  );
  fc.assert(
    fc.property(bytes, (datagram) => {
      const message = readJsonMessage(datagram);
      if ("reason" in message) assert.notEqual(message.reason, "");
      else assert.ok(message.text.length <= datagram.length);
    }),
    { numRuns },
  );
});

test(`${numRuns} random datagrams from the network leave a driver that accepts a good sender's frame`, async (t) => {
  const port = await freeUdpPort();
  const stop = new AbortController();
  const options = udpListen.options.parse({ address: `127.0.0.1:${port}` });
  let isBound = false;
  const pictures = udpListen.open(options, {
    signal: stop.signal,
    dropped: () => {},
    waiting: () => (isBound = true),
  });
  let last: Uint8Array | undefined;
  const drained = (async () => {
    for await (const picture of pictures) last = picture;
  })();
  await until("it listens", () => isBound);
  const random = generator(1);
  const [noisy, good] = [createSocket("udp4"), createSocket("udp4")];
  t.after(async () => {
    noisy.close();
    good.close();
    stop.abort();
    await drained;
  });
  const before = process.memoryUsage().rss;
  for (let sent = 0; sent < numRuns; sent++) {
    const bytes = Buffer.alloc(Math.floor(random() ** 4 * 9000), Math.floor(random() * 256));
    noisy.send(
      random() < 0.2 ? header(BigInt(Math.floor(random() ** 3 * 2 ** 40))) : bytes,
      port,
      "127.0.0.1",
      () => {},
    );
    // It must get to read: it is in the same process.
    if (sent % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  let answered = 0;
  good.on("message", () => answered++);
  // Later datagrams fill the system's buffer: the first may be lost.
  await until("its frame came", async () => {
    for (const piece of datagramsOf(JPEG, 8)) good.send(piece, port, "127.0.0.1");
    await new Promise((resolve) => setTimeout(resolve, 50));
    return last !== undefined && JPEG.equals(last);
  });
  // The answer is in flight when the frame is out: it is read in a later turn.
  await until("it was answered", () => answered > 0);
  const grownBytes = process.memoryUsage().rss - before;
  assert.ok(grownBytes < 256 * 1024 * 1024, `It grew by ${grownBytes} bytes`);
});

function header(length: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(length);
  return bytes;
}
