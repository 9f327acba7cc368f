import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readHello } from "../../src/protocols/client-hello.ts";
import { HEADER_LAYOUTS } from "../../src/protocols/frame-header.ts";
import { FrameReader } from "../../src/protocols/frame-reader.ts";
import { textPieces } from "../../src/protocols/text-pieces.ts";
import { TextReader } from "../../src/protocols/text-reader.ts";
import { FUZZ_RUNS, FUZZ_TIMEOUT, hostileChunks } from "../support/fuzz.ts";

const options = { numRuns: FUZZ_RUNS };

/** Returns what a frame reader yields, and its error. */
function readFrames(layout: (typeof HEADER_LAYOUTS)[number], chunks: readonly Buffer[]) {
  const reader = new FrameReader(layout, 10_000);
  const pictures: Buffer[] = [];
  try {
    for (const chunk of chunks) for (const picture of reader.push(chunk)) pictures.push(picture);
    return { pictures, failure: "" };
  } catch (error) {
    return { pictures, failure: (error as Error).message };
  }
}

test(
  "frames of any bytes are the same however they are cut, and invalid ones are refused in words",
  FUZZ_TIMEOUT,
  () => {
    const property = fc.property(fc.constantFrom(...HEADER_LAYOUTS), hostileChunks, (layout, chunks) => {
      const found = readFrames(layout, chunks);
      assert.deepEqual(readFrames(layout, [Buffer.concat(chunks)]), found);
      assert.match(found.failure, /^$|^it (announced a frame of -?\d+ bytes, over|sent ".*" where a header)/s);
      for (const { length } of found.pictures) assert.ok(length <= 10_000);
    });
    fc.assert(property, options);
  },
);

test("any first bytes are a hello within bounds, or refused, by the 24th at the latest", FUZZ_TIMEOUT, () => {
  const property = fc.property(hostileChunks, (chunks) => {
    const bytes = Buffer.concat(chunks);
    const reading = readHello(bytes);
    const settled = reading.kind === "more" ? reading.otherwise : reading;
    if (bytes.length >= 24) assert.notEqual(reading.kind, "more");
    if (settled?.kind !== "hello") return;
    const { fps, width, height } = settled.hello;
    assert.ok(Number.isInteger(fps) && fps >= 1 && fps <= 60);
    for (const side of [width, height]) assert.ok(Number.isInteger(side) && side >= 1 && side <= 4096);
    // A decision must not change with later bytes.
    if (reading.kind === "hello") assert.deepEqual(readHello(Buffer.concat([bytes, Buffer.of(1, 2, 3)])), reading);
  });
  fc.assert(property, options);
});

test("texts of any bytes are the same however they are cut, and none is too long", FUZZ_TIMEOUT, () => {
  const read = (chunks: readonly Buffer[]) => {
    const texts: string[] = [];
    const reader = new TextReader({ onText: (text) => texts.push(text), maxLength: 20 });
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    return texts;
  };
  const property = fc.property(hostileChunks, (chunks) => {
    const texts = read(chunks);
    for (const { length } of texts) assert.ok(length > 0 && length <= 20);
    const whole = Buffer.concat(chunks).toString();
    assert.equal(texts.join(""), whole.replace(/[\r\n]/g, ""));
  });
  fc.assert(property, options);
});

test("any text is cut into pieces that are each valid UTF-8", FUZZ_TIMEOUT, () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const property = fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 4, max: 20 }), (text, maxBytes) => {
    const pieces = textPieces(text, maxBytes);
    assert.ok(pieces.every(({ length }) => length > 0 && length <= maxBytes));
    assert.equal(pieces.map((piece) => decoder.decode(piece)).join(""), text);
  });
  fc.assert(property, options);
});
