import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDARY } from "../../../src/core/boundary.ts";
import type { Frame } from "../../../src/core/frame.ts";
import {
  buildPart,
  buildPlaceholderPart,
  type Framing,
  MULTIPART_TYPE,
  OPENING,
  timestamp,
} from "../../../src/http/streaming/multipart.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";

const a: Frame = { jpeg: tinyJpeg({ label: "a" }), seq: 0, capturedAt: 1_700_000_000_123.4568, at: 0 };
const b: Frame = { jpeg: tinyJpeg({ label: "another" }), seq: 1, capturedAt: 1_700_000_001_000, at: 1000 };
/** All bytes of a stream of these frames. */
function streamOf(frames: readonly Frame[], framing: Framing): Buffer {
  return Buffer.concat([OPENING[framing], ...frames.map((frame) => buildPart(frame)[framing])]);
}

test("the type has a plain token as its boundary, without quotes, dashes or charset", () => {
  assert.match(MULTIPART_TYPE, /^multipart\/x-mixed-replace; boundary=frame[0-9a-f]{32}$/);
});

test("in length framing each part has its type, length and time, and the boundary follows it", () => {
  const expected = [
    `--${BOUNDARY}\r\n`,
    `Content-Type: image/jpeg\r\nContent-Length: ${a.jpeg.length}\r\nX-Timestamp: 1700000000.123457\r\n\r\n`,
    a.jpeg,
    `\r\n--${BOUNDARY}\r\n`,
    `Content-Type: image/jpeg\r\nContent-Length: ${b.jpeg.length}\r\nX-Timestamp: 1700000001.000000\r\n\r\n`,
    b.jpeg,
    `\r\n--${BOUNDARY}\r\n`,
  ].map((piece) => Buffer.from(piece));
  assert.deepEqual(streamOf([a, b], "length"), Buffer.concat(expected));
});

test("in advance framing the next part's complete headers follow each picture, without a length", () => {
  const next = `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n`;
  const expected = [next, a.jpeg, `\r\n${next}`, b.jpeg, `\r\n${next}`].map((piece) => Buffer.from(piece));
  assert.deepEqual(streamOf([a, b], "advance"), Buffer.concat(expected));
});

test("a placeholder says that it is no frame, and has no capture time", () => {
  const { length, advance } = buildPlaceholderPart({ jpeg: Buffer.from(a.jpeg), isSizeGuessed: false, drawnAt: 0 });
  const header = `Content-Type: image/jpeg\r\nContent-Length: ${a.jpeg.length}\r\nX-Stillstream-Online: 0\r\n\r\n`;
  assert.deepEqual(length, Buffer.concat([Buffer.from(header), a.jpeg, Buffer.from(`\r\n--${BOUNDARY}\r\n`)]));
  assert.deepEqual(advance, buildPart(a).advance);
});

test("both framings of a part are views of the same bytes, so that a picture is laid out once", () => {
  const { length, advance } = buildPart(a);
  assert.equal(length.buffer, advance.buffer);
  assert.equal(length.byteOffset + length.indexOf(a.jpeg), advance.byteOffset);
});

test("a time is written in seconds with six decimals", () => {
  assert.equal(timestamp(0), "0.000000");
  assert.equal(timestamp(1_700_000_000_000.25), "1700000000.000250");
});
