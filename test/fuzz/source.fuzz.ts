import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { http } from "../../src/drivers/http.ts";
import { AnswerReader } from "../../src/drivers/http-client/answer-reader.ts";
import { ResponseBody } from "../../src/drivers/http-client/response-body.ts";
import { HeadReader } from "../../src/drivers/http-client/response-head.ts";
import { until } from "../support/deferred.ts";
import { COSTLY_RUNS, FUZZ_TIMEOUT, hostileChunks } from "../support/fuzz.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";

const JPEG = tinyJpeg({ label: "good" });
const PART = Buffer.concat([
  Buffer.from(`Content-Type: image/jpeg\r\nContent-Length: ${JPEG.length}\r\n\r\n`),
  JPEG,
  Buffer.from("\r\n--frame\r\n"),
]);

const CHUNK = Buffer.concat([Buffer.from(`${JPEG.length.toString(16)}\r\n`), JPEG, Buffer.from("\r\n")]);
/** Begins like a PNG and is none. */
const PNG = Buffer.from("89504e470d0a1a0a0000000049454e44ae426082", "hex");

const status = fc.constantFrom(
  "HTTP/1.1 200 OK",
  "HTTP/1.0 200",
  "HTTP/1.1 302 Found",
  "HTTP/1.1 401 No",
  "HTTP/1.1 503 \x07",
  "HTTP/1.1 100 Continue",
  "HTTP/9.9 200 OK",
  "ICY 200 OK",
  "HTTP/1.1 200",
  "HTTP/1.1 200 OK\nServer: cam",
  "\r\nHTTP/1.1 200 OK",
  "Content-Type: image/jpeg",
);
const header = fc.oneof(
  fc.constantFrom(
    ...[
      "Content-Type: multipart/x-mixed-replace; boundary=frame",
      "Content-Type: multipart/x-mixed-replace;boundary=",
      "Content-Type: image/jpeg",
      "Content-Type: text/html",
    ],
    ...[
      "Content-Length: 5",
      "Content-Length: 99999999999",
      "Content-Length: -1",
      `Content-Length: ${JPEG.length}`,
      "Transfer-Encoding: chunked",
      "Content-Encoding: gzip",
      "Content-Encoding: deflate",
      "Transfer-Encoding: gzip, chunked",
      "Content-Length: 0",
    ],
    ...[
      "WWW-Authenticate: Digest realm=x",
      "X-Stillstream-Online: 0",
      "Location: http://",
      "Location: ftp://x/",
      "Location: ://",
      "Connection: keep-alive",
      "Upgrade: x",
      ": x",
      "x",
      " folded",
      "--frame",
      'WWW-Authenticate: Digest realm="x", nonce="y", qop="auth", Basic',
      "Set-Cookie: a=b; Path=/; Max-Age=-1",
      "Retry-After: 99999999",
      `Location: /${"x".repeat(300)}`,
    ],
  ),
  fc.string({ unit: "binary-ascii", maxLength: 30 }),
);
const body = fc.oneof(
  fc.constantFrom(JPEG, PART, JPEG.subarray(0, 30), Buffer.from("5\r\nabcde\r\n"), Buffer.from("zz\r\n")),
  fc.constantFrom(
    ...[
      CHUNK,
      Buffer.from("0\r\n\r\n"),
      Buffer.from(" 0003;x=y\nabc"),
      Buffer.from("--frame--"),
      Buffer.from("<html>"),
    ],
    ...[gzipSync(JPEG), gzipSync(JPEG).subarray(0, 40), deflateSync(PART), Buffer.from("\r\n \t"), PNG],
  ),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
/** Answers of a camera's web server, valid and invalid, in pieces. */
const answer = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(status, fc.array(header, { maxLength: 4 }), fc.array(body, { maxLength: 4 }))
      .map(([status, headers, bodies]) => [
        Buffer.from(`${[status, ...headers].join("\r\n")}\r\n\r\n`, "latin1"),
        ...bodies,
      ]),
  },
  { weight: 1, arbitrary: hostileChunks },
);
const leaving = fc.constantFrom("end" as const, "destroy" as const, "resetAndDestroy" as const);

/** Reads an answer that comes in these pieces; returns its frames and its end. */
async function readAnswer(pieces: readonly Buffer[]) {
  const frames: string[] = [];
  const reader = new AnswerReader(() => {});
  async function* received(): AsyncGenerator<Uint8Array, void> {
    for (const piece of pieces) yield piece;
  }
  const chunks = received();
  const head = new HeadReader();
  try {
    for (let found: ReturnType<HeadReader["push"]>; found === undefined; ) {
      const { done, value } = await chunks.next();
      if (done) return { frames, end: "no head" };
      found = head.push(value);
      if (found === undefined) continue;
      const body = new ResponseBody(found.head, found.rest, chunks);
      const type = found.head.fields.get("content-type")?.toLowerCase() ?? "";
      const answer = { name: "camera", type, length: () => body.length, chunks: body.chunks, lift() {}, close() {} };
      for await (const jpeg of reader.read(answer, new AbortController().signal)) {
        frames.push(Buffer.from(jpeg).toString("latin1"));
      }
    }
    return { frames, end: reader.count > 1 ? "stream" : "snapshot" };
  } catch (error) {
    return { frames, end: String(error) };
  }
}

const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

test("an answer gives the same frames, or fails with the same message, whatever the pieces", FUZZ_TIMEOUT, async () => {
  const property = fc.asyncProperty(answer, cuts, fc.boolean(), async (pieces, cuts, byBytes) => {
    const whole = Buffer.concat(pieces);
    const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length)])].sort((one, other) => one - other);
    const cut = byBytes
      ? Array.from(whole, (byte) => Buffer.of(byte))
      : at.map((from, index) => whole.subarray(from, at[index + 1]));
    const [inPieces, atOnce] = [await readAnswer(cut), await readAnswer([whole])];
    // A decoder that gets all bytes at once may fail before its first output, which may already be
    // no stream.
    if (atOnce.end.includes("damaged")) assert.match(inPieces.end, /damaged|has no pictures/);
    else assert.deepEqual(inPieces, atOnce);
  });
  await fc.assert(property, { numRuns: COSTLY_RUNS });
});

test(
  "whatever a camera's web server answers gives whole frames, or fails in words, and ends",
  FUZZ_TIMEOUT,
  async (t) => {
    const served = { pieces: [] as readonly Buffer[], leave: "end" as "end" | "destroy" | "resetAndDestroy" };
    const server = createServer({ noDelay: true }, (socket: Socket) => {
      socket.on("error", () => {});
      socket.once("data", async () => {
        for (const piece of served.pieces) {
          socket.write(piece);
          await new Promise(setImmediate);
        }
        socket[served.leave]();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const options = http.options.parse({ address: `//127.0.0.1:${port}/stream`, fps: 200 });
    const before = process.memoryUsage.rss();
    const property = fc.asyncProperty(answer, leaving, async (pieces, leave) => {
      Object.assign(served, { pieces, leave });
      const stop = new AbortController();
      let pictures = 0;
      try {
        for await (const jpeg of http.open(options, {
          signal: stop.signal,
          stallMs: 50,
          dropped: (reason) => assert.notEqual(reason, ""),
        })) {
          assert.equal(Buffer.from(jpeg).toString("latin1", 0, 2), "\xff\xd8");
          // A snapshot is fetched again and again.
          if (++pictures > 5) stop.abort();
        }
      } catch (error) {
        assert.match(String(error), /^Error: 127\.0\.0\.1:\d+(:? [^\n]+)$/);
      }
    });
    await fc.assert(property, { numRuns: COSTLY_RUNS });
    const connections = () =>
      new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    await until("all connections are closed", async () => (await connections()) === 0);
    assert.ok(process.memoryUsage.rss() - before < 300 * 1024 * 1024, "It keeps what comes.");
  },
);
