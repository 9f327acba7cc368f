import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../../src/core/frame.ts";
import {
  buildPart,
  FRAMINGS,
  type Framing,
  MULTIPART_TYPE,
  multipart,
  OPENING,
  type Part,
  timestamp,
} from "../../src/http/multipart.ts";
import { tinyJpeg } from "../support/jpegs.ts";

const a: Frame = { jpeg: tinyJpeg({ label: "a" }), seq: 0, capturedAt: 1_700_000_000_123.4568 };
const b: Frame = { jpeg: tinyJpeg({ label: "another" }), seq: 1, capturedAt: 1_700_000_001_000 };
const silent = { writing: () => {}, written: () => {} };

/** Every buffer of a stream of these frames. */
async function buffersOf(frames: readonly Frame[], framing: Framing): Promise<Buffer[]> {
  async function* parts(): AsyncGenerator<Part> {
    for (const frame of frames) yield buildPart(frame);
  }
  const buffers: Buffer[] = [];
  for await (const buffer of multipart(parts(), framing, silent)) buffers.push(buffer);
  return buffers;
}

test("the type has a plain token as its boundary, without quotes, dashes or charset", () => {
  assert.equal(MULTIPART_TYPE, "multipart/x-mixed-replace; boundary=frame");
});

test("in length framing each part has its type, length and time, and the boundary follows it", async () => {
  const expected = [
    "--frame\r\n",
    `Content-Type: image/jpeg\r\nContent-Length: ${a.jpeg.length}\r\nX-Timestamp: 1700000000.123457\r\n\r\n`,
    a.jpeg,
    "\r\n--frame\r\n",
    `Content-Type: image/jpeg\r\nContent-Length: ${b.jpeg.length}\r\nX-Timestamp: 1700000001.000000\r\n\r\n`,
    b.jpeg,
    "\r\n--frame\r\n",
  ].map((piece) => Buffer.from(piece));
  assert.deepEqual(Buffer.concat(await buffersOf([a, b], "length")), Buffer.concat(expected));
});

test("in advance framing the next part's complete headers follow each picture, without a length", async () => {
  const next = "--frame\r\nContent-Type: image/jpeg\r\n\r\n";
  const expected = [next, a.jpeg, `\r\n${next}`, b.jpeg, `\r\n${next}`].map((piece) => Buffer.from(piece));
  assert.deepEqual(Buffer.concat(await buffersOf([a, b], "advance")), Buffer.concat(expected));
});

for (const framing of FRAMINGS) {
  test(`in ${framing} framing the opening is a buffer of its own, and each picture with all around it is one`, async () => {
    const [opening, ...parts] = await buffersOf([a, b], framing);
    assert.deepEqual(opening, OPENING[framing]);
    assert.deepEqual(parts, [buildPart(a)[framing], buildPart(b)[framing]]);
  });

  test(`in ${framing} framing the opening comes before any picture exists`, async () => {
    const nothing: AsyncIterable<Part> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    const { value } = await multipart(nothing, framing, silent).next();
    assert.ok((value as Buffer).toString().startsWith("--frame\r\n"));
  });
}

test("both framings of a part are views of the same bytes, so that a picture is laid out once", () => {
  const { length, advance } = buildPart(a);
  assert.equal(length.buffer, advance.buffer);
  assert.equal(length.byteOffset + length.indexOf(a.jpeg), advance.byteOffset);
});

test("a time is written in seconds with six decimals", () => {
  assert.equal(timestamp({ ...a, capturedAt: 0 }), "0.000000");
  assert.equal(timestamp({ ...a, capturedAt: 1_700_000_000_000.25 }), "1700000000.000250");
});

test("the observer hears of each part before it is given out, and when the next is asked for", async () => {
  const heard: string[] = [];
  async function* parts(): AsyncGenerator<Part> {
    for (const frame of [a, b]) yield buildPart(frame);
  }
  const stream = multipart(parts(), "length", {
    writing: ({ frame }, bytes) => heard.push(`writing ${frame.seq}, ${bytes === buildPart(frame).length.length}`),
    written: () => heard.push("written"),
  });
  const steps: string[][] = [];
  while (!(await stream.next()).done) steps.push(heard.splice(0));
  steps.push(heard);
  assert.deepEqual(steps, [[], ["writing 0, true"], ["written", "writing 1, true"], ["written"]]);
});
