import assert from "node:assert/strict";
import { test } from "node:test";
import { TextReader } from "../../src/protocols/text-reader.ts";
import { until } from "../support/deferred.ts";

/** What a reader gives for these chunks, which come without a pause, and then the end. */
function read(chunks: readonly Buffer[], maxLength?: number): string[] {
  const texts: string[] = [];
  const reader = new TextReader({ onText: (text) => texts.push(text), ...(maxLength !== undefined && { maxLength }) });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return texts;
}

test("a text cut at any byte is read whole", () => {
  const bytes = Buffer.from("links, é, 漢字, 😀!");
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(read([bytes.subarray(0, cut), bytes.subarray(cut)]), ["links, é, 漢字, 😀!"], `cut at ${cut}`);
  }
});

test("texts end at line breaks, of which empty ones have none", () => {
  assert.deepEqual(read([Buffer.from("left\r\nright\n\n"), Buffer.from("\r\nst"), Buffer.from("op")]), [
    "left",
    "right",
    "stop",
  ]);
});

test("a text ends where nothing follows for a moment", async () => {
  const texts: string[] = [];
  const reader = new TextReader({ onText: (text) => texts.push(text), quietMs: 20 });
  reader.push(Buffer.from("for"));
  reader.push(Buffer.from("ward"));
  await until("it is given", () => texts.length === 1);
  reader.push(Buffer.from("back"));
  await until("the next is", () => texts.length === 2);
  assert.deepEqual(texts, ["forward", "back"]);
});

test("half a character waits for its other half through the moment", async () => {
  const texts: string[] = [];
  const reader = new TextReader({ onText: (text) => texts.push(text), quietMs: 20 });
  const [start, end] = [Buffer.from("a😀").subarray(0, 3), Buffer.from("a😀").subarray(3)];
  reader.push(start);
  await until("what is whole is given", () => texts.length === 1);
  reader.push(end);
  await until("the rest is", () => texts.length === 2);
  assert.deepEqual(texts, ["a", "😀"]);
});

test("a text without end is given in parts, and never in half characters", () => {
  const parts = read([Buffer.from("😀".repeat(50))], 15);
  assert.equal(parts.join(""), "😀".repeat(50));
  for (const part of parts) assert.ok(part.length <= 15 && part.length % 2 === 0);
  const line = read([Buffer.from(`${"x".repeat(100)}\n`)], 30);
  assert.deepEqual(
    line.map(({ length }) => length),
    [30, 30, 30, 10],
  );
});

test("what is not UTF-8 shows as replacement characters", () => {
  assert.deepEqual(read([Buffer.of(0x61, 0xff, 0x62, 0xf0, 0x9f)]), ["a�b�"]);
});
