import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { http } from "../../src/drivers/http.ts";
import { until } from "../support/deferred.ts";
import { FUZZ_RUNS, FUZZ_TIMEOUT, hostileChunks } from "../support/fuzz.ts";
import { tinyJpeg } from "../support/jpegs.ts";

const JPEG = tinyJpeg({ label: "good" });
const PART = Buffer.concat([
  Buffer.from(`Content-Type: image/jpeg\r\nContent-Length: ${JPEG.length}\r\n\r\n`),
  JPEG,
  Buffer.from("\r\n--frame\r\n"),
]);

const status = fc.constantFrom(
  "HTTP/1.1 200 OK",
  "HTTP/1.0 200",
  "HTTP/1.1 302 Found",
  "HTTP/1.1 401 No",
  "HTTP/1.1 503 \x07",
  "HTTP/1.1 100 Continue",
  "HTTP/9.9 200 OK",
  "ICY 200 OK",
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
    ],
  ),
  fc.string({ unit: "binary-ascii", maxLength: 30 }),
);
const body = fc.oneof(
  fc.constantFrom(JPEG, PART, JPEG.subarray(0, 30), Buffer.from("5\r\nabcde\r\n"), Buffer.from("zz\r\n")),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
/** What a camera's web server may answer, sound or not, in pieces. */
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

test(
  "whatever a camera's web server answers gives whole pictures, or fails in words, and ends",
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
          dropped: (reason) => assert.notEqual(reason, ""),
        })) {
          assert.equal(Buffer.from(jpeg).toString("latin1", 0, 2), "\xff\xd8");
          // A snapshot is asked for again and again.
          if (++pictures > 5) stop.abort();
        }
      } catch (error) {
        assert.match(String(error), /^Error: 127\.0\.0\.1:\d+(:? [^\n]+)$/);
      }
    });
    await fc.assert(property, { numRuns: FUZZ_RUNS });
    const connections = () =>
      new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    await until("all connections are closed", async () => (await connections()) === 0);
    assert.ok(process.memoryUsage.rss() - before < 300 * 1024 * 1024, "It keeps what comes.");
  },
);
