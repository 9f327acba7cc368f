import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import { http } from "../../src/drivers/http.ts";
import { failureOf, openDriver } from "../support/cameras/open-driver.ts";
import { answerOf, rawCamera } from "../support/cameras/raw-camera.ts";
import { until } from "../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";

/*
 * What real cameras answer, and what curl or ffmpeg make of it. Each row is all
 * bytes of an answer. Those that stay leave the connection open behind them.
 */

/** Larger than a read of a socket, with the bytes of line ends and digits in it. */
const JPEG = heavyJpeg(100_000, "\r\n\r\n5\r\nabcde");
const N = JPEG.length;
const OTHER = tinyJpeg({ label: "other" });
const OK = "HTTP/1.1 200 OK\r\n";
const TYPE = "Content-Type: image/jpeg\r\n";
const LENGTH = `Content-Length: ${N}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const MULTIPART = "Content-Type: multipart/x-mixed-replace; boundary=b\r\n";
const END = "\r\n";

type Bytes = string | Uint8Array;

const bytesOf = (...parts: Bytes[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));

/** In chunks of 30,000 bytes, with sizes as `write` has them. */
function chunked(
  body: Uint8Array,
  write = (size: number) => `${size.toString(16)}\r\n`,
  behind = "\r\n",
  last = "0\r\n\r\n",
) {
  const parts: Bytes[] = [];
  for (let at = 0; at < body.length; at += 30_000) {
    const piece = body.subarray(at, at + 30_000);
    parts.push(write(piece.length), piece, behind);
  }
  return bytesOf(...parts, last);
}

const part = (
  jpeg: Uint8Array,
  fields = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n`,
  delimiter = "--b",
) => bytesOf(`${delimiter}\r\n${fields}\r\n`, jpeg, "\r\n");
const many = (text: string, count: number) => Array.from({ length: count }, () => text).join("");

interface Row {
  readonly bytes: Bytes[];
  readonly stays?: boolean;
}

const SNAPSHOTS: Record<string, Row> = {
  "a header line without a name": { bytes: [OK, "Tue, 12 Jun 2012 01:56:34 GMT\r\n", TYPE, LENGTH, END, JPEG] },
  "a header line without a name that begins with a colon": { bytes: [OK, ": x\r\n", TYPE, LENGTH, END, JPEG] },
  "lines that end in LF alone": { bytes: [`${OK}${TYPE}${LENGTH}${END}`.replaceAll("\r", ""), JPEG] },
  "one line that ends in LF alone": { bytes: [OK, "Server: cam\n", TYPE, LENGTH, END, JPEG] },
  "lines that end in CR CR LF": { bytes: [`${OK}${TYPE}${LENGTH}${END}`.replaceAll("\r", "\r\r"), JPEG] },
  "spaces around the names": {
    bytes: [OK, "Content-Type :image/jpeg\r\n", `Content-Length  :  ${N}  \r\n`, END, JPEG],
  },
  "a folded line": { bytes: [OK, "X: a\r\n b\r\n\tc\r\n", "Content-Length:\r\n ", `${N}\r\n`, END, JPEG] },
  "no reason": { bytes: ["HTTP/1.1 200\r\n", TYPE, LENGTH, END, JPEG] },
  "HTTP/1.0": { bytes: ["HTTP/1.0 200 OK\r\n", TYPE, END, JPEG] },
  "a version of one digit": { bytes: ["HTTP/2 200 OK\r\n", TYPE, LENGTH, END, JPEG] },
  "SHOUTcast's status line": { bytes: ["ICY 200 OK\r\n", TYPE, LENGTH, END, JPEG] },
  "blank lines before it": { bytes: ["\r\n\n", OK, TYPE, LENGTH, END, JPEG] },
  "interim answers before it": {
    bytes: [
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n",
      OK,
      TYPE,
      LENGTH,
      END,
      JPEG,
    ],
  },
  "headers of 280 KB": { bytes: [OK, many(`X: ${"x".repeat(93_000)}\r\n`, 3), TYPE, LENGTH, END, JPEG] },
  "50,000 folds of a line": { bytes: [OK, "X: x\r\n", many(" \r\n", 50_000), TYPE, LENGTH, END, JPEG] },
  "no status line": { bytes: [TYPE, LENGTH, END, JPEG] },
  "no head": { bytes: [JPEG] },
  "no blank line behind the head": { bytes: [OK, TYPE, JPEG] },
  "another status of success": { bytes: ["HTTP/1.1 203 Non-Authoritative Information\r\n", TYPE, LENGTH, END, JPEG] },
  "the length twice": { bytes: [OK, TYPE, LENGTH, LENGTH, END, JPEG] },
  "two lengths": { bytes: [OK, TYPE, LENGTH, "Content-Length: 5\r\n", END, JPEG] },
  "a length with words behind it": { bytes: [OK, TYPE, `Content-Length: ${N} bytes\r\n`, END, JPEG] },
  "a length below 0": { bytes: [OK, TYPE, "Content-Length: -1\r\n", END, JPEG] },
  "a length of 30 digits": { bytes: [OK, TYPE, `Content-Length: ${many("9", 30)}\r\n`, END, JPEG] },
  "a length and chunked": { bytes: [OK, TYPE, LENGTH, CHUNKED, END, chunked(JPEG)] },
  "a length that is too short": { bytes: [OK, TYPE, "Content-Length: 5000\r\n", END, JPEG] },
  "a length that is too short, on a connection that stays": {
    bytes: [OK, TYPE, "Content-Length: 5000\r\n", END, JPEG],
    stays: true,
  },
  "a length of 0": { bytes: [OK, TYPE, "Content-Length: 0\r\n", END, JPEG] },
  "a length that is too long": { bytes: [OK, TYPE, `Content-Length: ${N + 5000}\r\n`, END, JPEG] },
  "a length that is too long, on a connection that stays": {
    bytes: [OK, TYPE, `Content-Length: ${N + 5000}\r\n`, END, JPEG],
    stays: true,
  },
  "its length, on a connection that stays": { bytes: [OK, TYPE, LENGTH, END, JPEG], stays: true },
  "no length, on a connection that stays": { bytes: [OK, TYPE, END, JPEG], stays: true },
  "neither type nor length, on a connection that stays": { bytes: [OK, END, JPEG], stays: true },
  "padding behind the image, on a connection that stays": {
    bytes: [OK, TYPE, END, JPEG, Buffer.alloc(512)],
    stays: true,
  },
  "a blank line too many": { bytes: [OK, TYPE, END, END, JPEG] },
  "another image behind it, within its length": {
    bytes: [OK, TYPE, `Content-Length: ${N + OTHER.length}\r\n`, END, JPEG, OTHER],
  },
  "sizes of chunks in capitals, with zeros": {
    bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, (size) => `000${size.toString(16).toUpperCase()}\r\n`)],
  },
  "sizes of chunks with spaces": {
    bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, (size) => ` ${size.toString(16)}  \r\n`)],
  },
  "extensions of chunks": {
    bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, (size) => `${size.toString(16)};a="b;c" ;d\r\n`)],
  },
  "chunks that end in LF alone": {
    bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, (size) => `${size.toString(16)}\n`, "\n")],
  },
  "chunks with nothing behind them": { bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, undefined, "")] },
  "no last chunk": { bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, undefined, "\r\n", "")] },
  "no last chunk, on a connection that stays": {
    bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, undefined, "\r\n", "")],
    stays: true,
  },
  trailers: { bytes: [OK, TYPE, CHUNKED, END, chunked(JPEG, undefined, "\r\n", "0\r\nX: y\r\n\r\n")], stays: true },
  "chunks of one byte": { bytes: [OK, CHUNKED, END, chunkedByBytes(OTHER)] },
  "chunked in its head alone": { bytes: [OK, TYPE, CHUNKED, END, JPEG] },
  "chunked in its head alone, and a length, on a connection that stays": {
    bytes: [OK, TYPE, CHUNKED, LENGTH, END, JPEG],
    stays: true,
  },
  "no type": { bytes: [OK, LENGTH, END, JPEG] },
  "gzip that nobody asked for": {
    bytes: [
      OK,
      TYPE,
      "Content-Encoding: gzip\r\n",
      `Content-Length: ${gzipSync(JPEG).length}\r\n`,
      END,
      gzipSync(JPEG),
    ],
    stays: true,
  },
  "gzip in chunks": { bytes: [OK, TYPE, "Content-Encoding: x-gzip\r\n", CHUNKED, END, chunked(gzipSync(JPEG))] },
  "gzip as a transfer coding": {
    bytes: [OK, TYPE, "Transfer-Encoding: gzip, chunked\r\n", END, chunked(gzipSync(JPEG))],
  },
  "gzip that its head does not name": { bytes: [OK, TYPE, END, gzipSync(JPEG)] },
  "gzip in its head alone": { bytes: [OK, TYPE, "Content-Encoding: gzip\r\n", LENGTH, END, JPEG] },
  deflate: { bytes: [OK, TYPE, "Content-Encoding: deflate\r\n", END, deflateSync(JPEG)] },
  "deflate without its header": { bytes: [OK, TYPE, "Content-Encoding: deflate\r\n", END, deflateRawSync(JPEG)] },
  "one part": { bytes: [OK, MULTIPART, END, part(JPEG), "--b--\r\n"] },
  "one part, on a connection that stays": { bytes: [OK, MULTIPART, END, part(JPEG), "--b--\r\n"], stays: true },
  ...Object.fromEntries(
    ["text/html", "text/plain", "application/json", "application/octet-stream", "image/png", "video/x-motion-jpeg", "x"]
      .concat("multipart/x-mixed-replace;boundary=ipcam264", "multipart/form-data")
      .map((type) => [`the type ${type}`, { bytes: [OK, `Content-Type: ${type}\r\n`, LENGTH, END, JPEG] }]),
  ),
};

function chunkedByBytes(body: Uint8Array): Buffer {
  return bytesOf(...Array.from(body, (byte) => bytesOf("1\r\n", Buffer.of(byte), "\r\n")), "0\r\n\r\n");
}

const [A, B, C] = ["a", "b", "c"].map((label) => heavyJpeg(70_000, label)) as [Buffer, Buffer, Buffer];
const three = (write: (jpeg: Buffer) => Bytes) => bytesOf(...[A, B, C].map(write));
const STREAM = three((jpeg) => part(jpeg));

const STREAMS: Record<string, Row> = {
  "as it should be": { bytes: [OK, MULTIPART, END, STREAM] },
  "the type image/jpeg": { bytes: [OK, TYPE, END, STREAM] },
  "the type text/plain": { bytes: [OK, "Content-Type: text/plain\r\n", END, STREAM] },
  "the type application/octet-stream": { bytes: [OK, "Content-Type: application/octet-stream\r\n", END, STREAM] },
  "no type": { bytes: [OK, END, STREAM] },
  "another boundary than it says": { bytes: [OK, MULTIPART.replace("=b", "=other"), END, STREAM] },
  "no boundary in its type": { bytes: [OK, "Content-Type: multipart/x-mixed-replace\r\n", END, STREAM] },
  "a quoted boundary": { bytes: [OK, MULTIPART.replace("=b", '="b"'), END, STREAM] },
  "the dashes in its type": { bytes: [OK, MULTIPART.replace("=b", "=--b"), END, STREAM] },
  "a boundary that ends in dashes": { bytes: [OK, MULTIPART, END, three((jpeg) => part(jpeg, undefined, "--b--"))] },
  "no delimiter before the first part": { bytes: [OK, MULTIPART, END, STREAM.subarray(5)] },
  "parts without types": {
    bytes: [OK, MULTIPART, END, three((jpeg) => part(jpeg, `Content-Length: ${jpeg.length}\r\n`))],
  },
  "parts without headers": { bytes: [OK, MULTIPART, END, three((jpeg) => part(jpeg, ""))] },
  "lengths of parts that are off by two": {
    bytes: [OK, MULTIPART, END, three((jpeg) => part(jpeg, `Content-Length: ${jpeg.length + 2}\r\n`))],
  },
  "lengths of parts that lie": { bytes: [OK, MULTIPART, END, three((jpeg) => part(jpeg, "Content-Length: 17\r\n"))] },
  "the length of a frame in its head": { bytes: [OK, MULTIPART, `Content-Length: ${A.length}\r\n`, END, STREAM] },
  "a length of 0 in its head": { bytes: [OK, MULTIPART, "Content-Length: 0\r\n", END, STREAM] },
  "an endless length in its head": { bytes: [OK, MULTIPART, "Content-Length: 99999999999\r\n", END, STREAM] },
  "JPEGs end to end, called image/jpeg": { bytes: [OK, TYPE, END, A, B, C] },
  "JPEGs end to end, called a stream, with a length": {
    bytes: [OK, MULTIPART, "Content-Length: 99999\r\n", END, A, B, C],
  },
  chunks: { bytes: [OK, MULTIPART, CHUNKED, END, chunked(STREAM)] },
  "chunked in its head alone": { bytes: [OK, MULTIPART, CHUNKED, END, STREAM] },
  "lines that end in LF alone": { bytes: [`${OK}${MULTIPART}${END}`.replaceAll("\r", ""), STREAM] },
  gzip: { bytes: [OK, MULTIPART, "Content-Encoding: gzip\r\n", END, gzipSync(STREAM)] },
  "no head": { bytes: [STREAM] },
  "no blank line behind its head": { bytes: [OK, MULTIPART, STREAM] },
};

const ways = {
  "in one piece": (bytes: Buffer) => [bytes],
  "in pieces": (bytes: Buffer) => {
    const cuts = [
      1,
      2,
      3,
      4,
      9,
      16,
      17,
      18,
      19,
      40,
      41,
      60,
      61,
      62,
      63,
      90,
      1000,
      1001,
      bytes.length - 3,
      bytes.length - 1,
    ];
    const inside = cuts.filter((cut) => cut > 0 && cut < bytes.length);
    return [0, ...inside].map((cut, index) => bytes.subarray(cut, inside[index]));
  },
};

/** Opens a camera that answers each request so, and gives the first frames it yields. */
async function framesOf(
  t: Parameters<typeof rawCamera>[0],
  { bytes, stays }: Row,
  cut: (bytes: Buffer) => Buffer[],
  fps?: string,
) {
  const pieces = cut(bytesOf(...bytes));
  const peer = await rawCamera(t, (socket) => {
    const send = async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise(setImmediate);
      }
      if (stays !== true) socket.end();
    };
    void send();
  });
  const camera = openDriver(t, http, { address: `${peer.address}/x`, ...(fps !== undefined && { fps }) });
  const frames: Buffer[] = [];
  for (let number = 0; number < 3; number++) frames.push(await camera.next());
  await camera.close();
  await until("all connections are closed", () => peer.open.size === 0);
  return { frames, requests: peer.requests.length, dropped: camera.dropped };
}

for (const [way, cut] of Object.entries(ways)) {
  describe(`a snapshot, ${way}, is taken again and again with`, { concurrency: 12 }, () => {
    for (const [name, row] of Object.entries(SNAPSHOTS)) {
      test(name, async (t) => {
        const { frames, requests, dropped } = await framesOf(t, row, cut, "100");
        const expected = name === "chunks of one byte" ? OTHER : JPEG;
        assert.ok(frames.every((frame) => frame.equals(expected)));
        assert.equal(requests, 3);
        assert.deepEqual(dropped, []);
      });
    }
  });

  describe(`a stream, ${way}, gives all its frames with`, { concurrency: 12 }, () => {
    for (const [name, row] of Object.entries(STREAMS)) {
      test(name, async (t) => {
        const { frames, requests, dropped } = await framesOf(t, { ...row, stays: true }, cut);
        assert.deepEqual(
          frames.map((frame) => [A, B, C].findIndex((jpeg) => jpeg.equals(frame))),
          [0, 1, 2],
        );
        assert.equal(requests, 1);
        assert.deepEqual(dropped, []);
      });
    }
  });
}

test("an image of another format ends with its own end, on a connection that stays", async (t) => {
  const image = sharp({ create: { width: 16, height: 8, channels: 3, background: "red" } });
  for (const bytes of [await image.png().toBuffer(), await image.webp().toBuffer()]) {
    const peer = await rawCamera(t, (socket) => void socket.write(bytesOf(OK, END, bytes)));
    const camera = openDriver(t, http, { address: peer.address, fps: "100" });
    for (let count = 0; count < 3; count++) {
      const { format, width } = await sharp(await camera.next()).metadata();
      assert.deepEqual({ format, width }, { format: "jpeg", width: 16 });
    }
    await camera.close();
  }
});

const REFUSED: Record<string, readonly [bytes: Bytes[], message: RegExp]> = {
  "a status that is no success, whatever is behind it": [
    ["HTTP/1.1 500 Oops\r\n", TYPE, LENGTH, END, JPEG],
    / answered 500 Oops$/,
  ],
  "a status that has no content": [["HTTP/1.1 204 No Content\r\n", END], / answered 204 No Content$/],
  "a status with control characters": [
    ["HTTP/1.1 503 a\x1b[31mb\x07\r\n", END],
    / answered 503 a\\u001b\[31mb\\u0007$/,
  ],
  "a status with 90 KB of words": [["HTTP/1.1 503 ", many("x", 90_000), "\r\n", END], / answered 503 …$/],
  "a page": [[OK, "Content-Type: text/html\r\n", END, "<html>"], / answered with text\/html, not an image$/],
  "a page called a JPEG": [[OK, TYPE, END, "<html>"], / answered with image\/jpeg, not an image$/],
  words: [[OK, "Content-Type: text/plain\r\n", END, "Access denied"], / answered with text\/plain, not an image$/],
  JSON: [
    [OK, "Content-Type: application/json\r\n", END, '{"error":1}'],
    / answered with application\/json, not an image$/,
  ],
  "an SVG": [
    [OK, "Content-Type: image/svg+xml\r\n", END, "<svg xmlns='x'/>"],
    / answered with image\/svg\+xml, not an image$/,
  ],
  nothing: [[OK, TYPE, END], / sent an empty answer$/],
  "nothing, as it says": [[OK, TYPE, "Content-Length: 0\r\n", END], / sent an empty answer$/],
  "half a JPEG": [[OK, TYPE, END, JPEG.subarray(0, 5000)], / sent no image: it is not a whole JPEG/],
  "parts without a picture": [[OK, MULTIPART, END, "--b\r\n\r\nx\r\n--b--"], / ended the stream$/],
  "compressed data that are damaged": [
    [OK, TYPE, END, gzipSync(JPEG).subarray(0, 20), many("x", 99)],
    / sent damaged compressed data$/,
  ],
  "20 MB in 20 KB of compressed data": [
    [OK, TYPE, END, gzipSync(bytesOf(JPEG.subarray(0, -2), Buffer.alloc(20_000_000)))],
    / sent an image over 16777216 bytes$/,
  ],
  "a chunk without its size": [[OK, TYPE, CHUNKED, END, "2\r\n\xff\xd8\r\nxyz\r\n"], / sent a chunk without its size$/],
  "a line over 100 KB": [[OK, "X: ", many("x", 101 * 1024)], / sent a header line over 100 KB$/],
  "headers over 300 KB": [[OK, many(`X: ${"x".repeat(1000)}\r\n`, 320)], / sent headers over 300 KB$/],
  "blank lines without end": [[many("\r\n", 160_000)], / sent headers over 300 KB$/],
  "interim answers without end": [[many("HTTP/1.1 100 x\r\n\r\n", 20_000)], / sent headers over 300 KB$/],
  "half a head": [[OK, "Content-Ty"], / closed the connection within the headers of its answer$/],
  "another protocol": [["SSH-2.0-OpenSSH_9.2\r\n"], / sent an answer that is not HTTP$/],
  "a status line without a status": [["HTTP/1.1 OK\r\n", END], / sent an answer that is not HTTP$/],
  TLS: [["\x15\x03\x01\x00\x02\x02\x46"], / speaks TLS there\. Write https: instead of http:\.$/],
  "a redirect to what is no URL": [
    ["HTTP/1.1 302 x\r\nLocation: http://s3cret:x:y@\r\n\r\n"],
    /: redirected to an invalid URL$/,
  ],
  "a redirect to another protocol": [
    ["HTTP/1.1 302 x\r\nLocation: ftp://s3cret@x/\r\n\r\n"],
    /: redirected to ftp:, not HTTP$/,
  ],
};

describe("one sentence says why there is no frame in", { concurrency: 12 }, () => {
  for (const [name, [bytes, message]] of Object.entries(REFUSED)) {
    test(name, async (t) => {
      const peer = await rawCamera(t, answerOf(...bytes));
      const failure = await failureOf(t, http, { address: `${peer.address}/x?token=s3cret` });
      assert.match(failure, message);
      assert.ok(failure.startsWith(`127.0.0.1:${peer.port}`), failure);
      assert.doesNotMatch(failure, /s3cret/);
    });
  }
});
