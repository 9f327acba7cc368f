import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ControlMessageError, readControl } from "../../src/http/live/protocol.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { until } from "../support/deferred.ts";
import { COSTLY_RUNS, FUZZ_RUNS, FUZZ_TIMEOUT } from "../support/fuzz.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { ACCEPT, exchange, handshake } from "../support/sockets/raw-web-socket.ts";
import { liveClient, serveLive } from "../support/viewers/live-client.ts";

/** Values of fields: right, wrong, and at the edges. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    1,
    65_535,
    65_536,
    -1,
    0.5,
    1e308,
    null,
    "",
    "test",
    "fps=5",
    "width=9&width=9",
    "%",
    true,
  ),
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
);

/** Control messages, valid and invalid. */
const message = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc
    .record(
      {
        type: fc.constantFrom<unknown>("subscribe", "unsubscribe", "ack", "time", "state", "toString", 7, null),
        id: fc.oneof(fc.integer({ min: 0, max: 3 }), value),
        camera: fc.oneof(fc.constant("test"), value),
        query: fc.oneof(fc.constantFrom("", "rotate=90", "strict", "quality=5&gray"), value),
        width: fc.oneof(fc.integer({ min: 1, max: 2000 }), value),
        height: value,
        number: fc.oneof(fc.integer({ min: 0, max: 9 }), value),
        at: value,
      },
      { requiredKeys: [] },
    )
    .map((fields) => JSON.stringify(fields)),
);

test("any control message is parsed, ignored or refused in words", FUZZ_TIMEOUT, () => {
  const property = fc.property(message, (text) => {
    try {
      const read = readControl(text);
      if (read !== undefined && "id" in read) assert.ok(Number.isInteger(read.id) && read.id >= 0 && read.id < 65_536);
    } catch (error) {
      assert.ok(error instanceof ControlMessageError, String(error));
      assert.match(error.message, /^Invalid .+\.$/);
      assert.ok(error.message.length < 1000);
    }
  });
  fc.assert(property, { numRuns: FUZZ_RUNS });
});

const HANDSHAKE = handshake("/live?key=fuzz");

/** Frames of RFC 6455, valid and invalid. */
const frame = fc
  .record({
    first: fc.oneof(fc.constantFrom(0x81, 0x81, 0x81, 0x01, 0x00, 0x80, 0x82, 0x88, 0x89, 0x8a), fc.nat(255)),
    isMasked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    lie: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -50, max: 70_000 }) },
    ),
    data: fc.oneof(
      message.map((text) => Buffer.from(text)),
      fc.constantFrom("rtt", "1", "2", "9").map((text) => Buffer.from(text)),
    ),
  })
  .map(({ first, isMasked, lie, data }) => {
    const header = Buffer.alloc(4);
    header[0] = first;
    header[1] = (isMasked ? 0x80 : 0) | 126;
    header.writeUInt16BE(Math.min(0xffff, Math.max(0, data.length + lie)), 2);
    // A mask of zeros leaves the data unchanged.
    return Buffer.concat([header, Buffer.alloc(isMasked ? 4 : 0), data]);
  });

test("any frames on /live are answered or end the connection, and a good client is served", FUZZ_TIMEOUT, async (t) => {
  const hand = handCamera(t);
  const { url, errors, viewers } = await serveLive(t, [hand.camera], { maxViewers: 20 });
  const port = Number(new URL(url).port);
  const property = fc.asyncProperty(
    fc.array(fc.array(frame, { maxLength: 8 }), { minLength: 10, maxLength: 10 }),
    async (clients) => {
      const answers = await Promise.all(clients.map((frames) => exchange(port, [HANDSHAKE, ...frames])));
      for (const answer of answers) {
        assert.match(answer, /^HTTP\/1\.1 101 /);
        assert.ok(answer.includes(ACCEPT));
      }
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(COSTLY_RUNS / 10), endOnFailure: true });
  assert.deepEqual(errors, []);
  await until("nobody is connected", () => viewers.count("test") === 0 && !hand.open);
  const client = await liveClient(t, url);
  const id = client.subscribe("test");
  await hand.show(tinyJpeg());
  await until("a good one sees", () => client.of(id).length === 1);
  assert.ok(process.memoryUsage.rss() < 1_000_000_000, `${process.memoryUsage.rss()} bytes`);
});
