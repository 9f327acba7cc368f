import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { ReadImageError } from "../../src/protocols/read-image.ts";
import { readImages } from "../../src/protocols/read-images.ts";
import { pushCamera, type ServePushOptions, servePush } from "../support/cameras/push-camera.ts";
import { until } from "../support/deferred.ts";
import { COSTLY_RUNS, FUZZ_RUNS, FUZZ_TIMEOUT } from "../support/fuzz.ts";
import { segment, tinyJpeg } from "../support/images/jpegs.ts";
import { ACCEPT, exchange, handshake } from "../support/sockets/raw-web-socket.ts";
import { testCertificate } from "../support/sockets/tls.ts";

const JPEG = tinyJpeg({ label: "good" });

/** Bodies of whole JPEGs, fragments, and anything else. */
const piece = fc.oneof(
  fc.constantFrom(
    JPEG,
    JPEG.subarray(0, 20),
    JPEG.subarray(-12),
    Buffer.of(0xff, 0xd8),
    Buffer.of(0xff, 0xd9),
    Buffer.of(0xff),
    segment(0xe1, Buffer.alloc(300, 0xff)),
    Buffer.from("\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 99999999999\r\n\r\n"),
    Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", "latin1"),
    Buffer.from("RIFF\xff\xff\xff\x7fWEBPVP8L", "latin1"),
    Buffer.from("\0\0\0\x20ftypavif", "latin1"),
  ),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);
const body = fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.concat(pieces));
const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 });

/** Cuts bytes into pieces of those sizes, and the rest. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return [...pieces, bytes.subarray(start)].filter(({ length }) => length > 0);
}

async function read(chunks: readonly Buffer[]): Promise<{ pictures: string[]; failure: string }> {
  const pictures: string[] = [];
  try {
    for await (const picture of readImages(of(chunks), { onSkip: () => {} })) {
      pictures.push(Buffer.from(picture).toString("base64"));
    }
    return { pictures, failure: "" };
  } catch (error) {
    assert.ok(error instanceof ReadImageError, String(error));
    return { pictures, failure: error.message };
  }
}

async function* of(chunks: readonly Buffer[]): AsyncGenerator<Buffer, void> {
  yield* chunks;
}

test("any body yields the same frames however it is cut, or is refused in words", FUZZ_TIMEOUT, async () => {
  const property = fc.asyncProperty(body, cuts, async (bytes, sizes) => {
    const found = await read([bytes]);
    const again = await read(cut(bytes, sizes));
    assert.deepEqual(again.pictures, found.pictures);
    assert.equal(again.failure === "", found.failure === "");
    assert.match(found.failure, /^$|^[A-Z][^\n]+\.$/);
  });
  await fc.assert(property, { numRuns: FUZZ_RUNS });
});

/** A server under test, and proof that it still works. */
async function standing(t: TestContext, options: ServePushOptions = {}) {
  const errors: unknown[] = [];
  const phone = pushCamera(t, { stallMs: 1000, firstPictureMs: 0 });
  const server = await servePush(t, [phone], { onError: (error) => errors.push(error), ...options });
  const { port } = new URL(server.url);
  return {
    ...server,
    /** Sends pieces over a new connection and returns the answer when either side ends it. */
    exchange: (pieces: readonly Buffer[]) => exchange(Number(port), pieces),
    async stillStands(): Promise<void> {
      assert.deepEqual(errors, []);
      await until("nobody is publishing", () => phone.inlet.publisher === null);
      const before = phone.shown.length;
      const answer = await exchange(Number(port), [
        Buffer.from(
          `POST /cameras/phone/frames HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${JPEG.length}\r\n\r\n`,
        ),
        JPEG,
      ]);
      if (options.tlsPem === undefined) {
        assert.match(answer, /^HTTP\/1\.1 202 /);
        assert.deepEqual(phone.shown.at(before), JPEG);
      } else {
        assert.match(answer, /^HTTP\/1\.1 308 /);
      }
      assert.ok(process.memoryUsage.rss() < 1_000_000_000, `${process.memoryUsage.rss()} bytes`);
    },
  };
}

/** Checks a property over `runs` cases, several at a time: each is a connection. */
async function each<T>(arbitrary: fc.Arbitrary<T>, run: (value: T) => Promise<void>): Promise<void> {
  const atOnce = 10;
  const property = fc.asyncProperty(fc.array(arbitrary, { minLength: atOnce, maxLength: atOnce }), async (values) => {
    await Promise.all(values.map(run));
  });
  await fc.assert(property, { numRuns: Math.ceil(COSTLY_RUNS / atOnce), endOnFailure: true });
}

const head = fc.record({
  method: fc.constantFrom("POST", "PUT", "PATCH", "GET", "OPTIONS", "HEAD", "X"),
  path: fc.constantFrom(
    "/cameras/phone/frames",
    "/cameras/phone/frames?key=a",
    "/cameras/%ff/frames",
    "/cameras/phone/publish.svg?url=x",
    "/api/cameras/phone/messages",
    "/api/cameras/phone/messages/stream?last=x",
  ),
  type: fc.constantFrom(
    "",
    "image/jpeg",
    "image/png",
    "multipart/x-mixed-replace;boundary=",
    "text/plain",
    "application/json",
    "a/b;;",
  ),
  length: fc.oneof(
    fc.constantFrom("right", "chunked", "none", "-1", "1e9", "99999999999999999999"),
    fc.nat(500).map(String),
  ),
  more: fc.constantFrom("", "Expect: 100-continue\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n", "Origin: null\r\n"),
});

test(
  "any request is answered, or its connection closed, and a good publisher is served afterwards",
  FUZZ_TIMEOUT,
  async (t) => {
    const { exchange, stillStands } = await standing(t);
    await each(fc.tuple(head, body, cuts), async ([{ method, path, type, length, more }, bytes, sizes]) => {
      const isChunked = length === "chunked";
      const framing = {
        right: `Content-Length: ${bytes.length}\r\n`,
        chunked: "Transfer-Encoding: chunked\r\n",
        none: "",
      };
      const lengthLine = framing[length as keyof typeof framing] ?? `Content-Length: ${length}\r\n`;
      const typeLine = type === "" ? "" : `Content-Type: ${type}\r\n`;
      const start = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${typeLine}${lengthLine}${more}\r\n`;
      const pieces = cut(bytes, sizes).map((one) =>
        isChunked ? Buffer.concat([Buffer.from(`${one.length.toString(16)}\r\n`), one, Buffer.from("\r\n")]) : one,
      );
      const answer = await exchange([Buffer.from(start), ...pieces, ...(isChunked ? [Buffer.from("0\r\n\r\n")] : [])]);
      assert.match(answer, /^$|^HTTP\/1\.1 [1-5]\d\d /);
      assert.doesNotMatch(answer, /^HTTP\/1\.1 500|\n {4}at /);
    });
    await stillStands();
  },
);

const HANDSHAKE = handshake("/cameras/phone/frames?key=a");

/** Frames of RFC 6455, valid and invalid. */
const frame = fc
  .record({
    first: fc.oneof(fc.constantFrom(0x82, 0x81, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a), fc.nat(255)),
    isMasked: fc.boolean(),
    lie: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: -50, max: 2 ** 31 })),
    data: body,
  })
  .map(({ first, isMasked, lie, data }) => {
    const length = Math.max(0, data.length + lie);
    const header = Buffer.alloc(10);
    header[0] = first;
    header[1] = (isMasked ? 0x80 : 0) | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
    // A mask of zeros leaves the data unchanged.
    return Buffer.concat([header, Buffer.alloc(isMasked ? 4 : 0), data]);
  });

test(
  "any frames of a WebSocket are answered, or their connection closed, and a good publisher is served",
  FUZZ_TIMEOUT,
  async (t) => {
    const { exchange, stillStands } = await standing(t);
    await each(fc.tuple(fc.array(frame, { maxLength: 4 }), cuts), async ([frames, sizes]) => {
      const answer = await exchange([HANDSHAKE, ...cut(Buffer.concat(frames), sizes)]);
      assert.match(answer, /^HTTP\/1\.1 (101|409) /);
      if (answer.startsWith("HTTP/1.1 101")) assert.ok(answer.includes(ACCEPT));
    });
    await stillStands();
  },
);

/** A TLS alert record (RFC 8446, 5.1). */
const ALERT = 0x15;

test("any first bytes on a TLS port are answered, or their connection closed", FUZZ_TIMEOUT, async (t) => {
  const { exchange, stillStands } = await standing(t, { tlsPem: testCertificate() });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.of(0x16, 3, 1, 0), Buffer.from(bytes)])),
    fc.constant(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
  );
  await each(fc.tuple(bytes, cuts), async ([bytes, sizes]) => {
    const answer = await exchange(cut(bytes, sizes));
    // An alert, an answer in plain HTTP, or nothing.
    const isAlert = answer.charCodeAt(0) === ALERT;
    assert.ok(isAlert || /^$|^HTTP\/1\.1 (308|400) /.test(answer), JSON.stringify(answer));
  });
  await stillStands();
});

test("any message is accepted or refused in words, and stored unchanged", FUZZ_TIMEOUT, async (t) => {
  const { url, exchange, stillStands } = await standing(t);
  const text = fc.string({ unit: "binary", maxLength: 300 });
  await each(fc.tuple(fc.boolean(), text, fc.uint8Array({ maxLength: 50 })), async ([isJson, text, garbage]) => {
    const data = garbage.length > 40 ? Buffer.from(garbage) : Buffer.from(isJson ? JSON.stringify({ text }) : text);
    const type = isJson ? "application/json" : "text/plain";
    const answer = await exchange([
      Buffer.from(
        `POST /api/cameras/phone/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${data.length}\r\n\r\n`,
      ),
      data,
    ]);
    assert.match(answer, /^HTTP\/1\.1 (202|400) /);
  });
  const { messages } = (await (await fetch(`${url}/api/cameras/phone/messages`)).json()) as { messages: unknown[] };
  assert.ok(messages.length <= 200);
  await stillStands();
});
