import assert from "node:assert/strict";
import { test } from "node:test";
import * as der from "../../src/tls/der.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("elements are written as X.690 has them", () => {
  // Those of its own examples, and of RFC 5280's appendix C.
  assert.equal(hex(der.integer(Buffer.of(0x7f))), "02017f");
  assert.equal(hex(der.integer(Buffer.of(0x80))), "02020080");
  assert.equal(hex(der.boolean(true)), "0101ff");
  assert.equal(hex(der.bitString(Buffer.of(0x80), 7)), "03020780");
  assert.equal(hex(der.octetString(Buffer.of(1, 2))), "04020102");
  assert.equal(hex(der.utf8String("höf")), "0c0468c3b666");
  assert.equal(hex(der.objectIdentifier("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
  assert.equal(hex(der.objectIdentifier("2.5.4.3")), "0603550403");
  assert.equal(hex(der.sequence(der.integer(Buffer.of(1)), der.set())), "30050201013100");
});

test("lengths take one byte up to 127 and as many as they need above", () => {
  for (const [length, head] of [
    [127, "047f"],
    [128, "048180"],
    [255, "0481ff"],
    [256, "04820100"],
    [70_000, "0483011170"],
  ] as const) {
    const element = der.octetString(Buffer.alloc(length));
    assert.equal(hex(element).slice(0, head.length), head);
    assert.equal(element.length, length + head.length / 2);
  }
});

test("times have two digits for their year up to 2049, and four from then on", () => {
  assert.equal(der.time(new Date("2026-11-21T01:02:03.456Z")).subarray(2).toString(), "261121010203Z");
  assert.equal(der.time(new Date("1970-01-01T00:00:00Z")).subarray(2).toString(), "700101000000Z");
  const later = der.time(new Date("2050-01-01T00:00:00Z"));
  assert.deepEqual([later[0], later.subarray(2).toString()], [0x18, "20500101000000Z"]);
});
