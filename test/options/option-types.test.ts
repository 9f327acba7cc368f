import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import { byteSize, decimal, duration, flag, integer, oneOf, positive, text } from "../../src/options/option-types.ts";

function refusal(schema: z.ZodType, input: unknown): string | undefined {
  return schema.safeParse(input).error?.issues[0]?.message;
}

test("a duration carries its unit, and is read in milliseconds", () => {
  const read = duration();
  for (const [text, ms] of [
    ["500ms", 500],
    ["10s", 10_000],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["0s", 0],
  ]) {
    assert.equal(read.parse(text), ms);
  }
  for (const wrong of ["10", 10, "10 s", "s", "-1s", "1w", "", "9999h", null, undefined, {}]) {
    assert.match(refusal(read, wrong) ?? "", /^must be a duration with its unit/, String(wrong));
  }
});

test("a size carries its unit, and is read in bytes, within its range", () => {
  const read = byteSize(1024 ** 2, 1024 ** 3);
  for (const [text, bytes] of [
    ["1024KB", 1024 ** 2],
    ["200MB", 200 * 1024 ** 2],
    ["1.5mb", 1.5 * 1024 ** 2],
    ["1GB", 1024 ** 3],
  ]) {
    assert.equal(read.parse(text), bytes);
  }
  for (const wrong of ["200", 200, "200 MB", "MB", "-1MB", "1TB", "", "2GB", "1KB", null, {}]) {
    assert.match(refusal(read, wrong) ?? "", /^must be a size from 1MB to 1024MB with its unit/, String(wrong));
  }
});

test("a whole number is read from text as from YAML, and keeps to its range", () => {
  const read = integer(0, 65_535);
  for (const [input, number] of [
    ["8080", 8080],
    [8080, 8080],
    ["0", 0],
  ] as const)
    assert.equal(read.parse(input), number);
  for (const wrong of ["", "1e3", "80.5", "65536", "-1", "0x10", "eighty", 1.5, Number.NaN, true, []]) {
    assert.equal(refusal(read, wrong), "must be a whole number from 0 to 65535", String(wrong));
  }
});

test("a rate is above 0 and may have a fraction", () => {
  const read = positive(240);
  for (const [input, number] of [
    ["0.5", 0.5],
    [".5", 0.5],
    ["30", 30],
    [29.97, 29.97],
  ] as const) {
    assert.equal(read.parse(input), number);
  }
  for (const wrong of ["0", "-1", "241", "Infinity", "1e1", "fast"])
    assert.match(refusal(read, wrong) ?? "", /above 0/, wrong);
});

test("a number between two others may have a sign and a fraction", () => {
  const read = decimal(-1, 1);
  for (const [input, number] of [
    ["-0.25", -0.25],
    ["-.5", -0.5],
    ["1", 1],
    [-1, -1],
    ["0", 0],
  ] as const) {
    assert.equal(read.parse(input), number);
  }
  for (const wrong of ["1.01", "-2", "", "-", ".", "1e-1", "0,5", "NaN", "0.5;reboot"])
    assert.equal(refusal(read, wrong), "must be a number from -1 to 1", wrong);
});

test("true and false are read from text as from YAML, and nothing else is", () => {
  const read = flag();
  assert.deepEqual([read.parse("true"), read.parse(false)], [true, false]);
  for (const wrong of ["yes", "1", 1, "", "constructor"])
    assert.equal(refusal(read, wrong), "must be true or false", String(wrong));
});

test("a word is one of those listed", () => {
  assert.equal(oneOf("tcp", "udp").parse("udp"), "udp");
  assert.equal(refusal(oneOf("tcp", "udp"), "sctp"), "must be one of tcp, udp");
});

test("text is never empty", () => {
  assert.equal(text("a name").parse("door"), "door");
  assert.equal(refusal(text("a name"), ""), "must be a name");
});
