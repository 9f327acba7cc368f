import assert from "node:assert/strict";
import { parse } from "node:querystring";
import { test } from "node:test";
import type { Request } from "express";
import fc from "fast-check";
import type { Camera } from "../../src/core/camera.ts";
import { readQuery } from "../../src/http/live/subscription-request.ts";
import { HttpError } from "../../src/http/shared/http-error.ts";
import { clientKeyOf, queryOf, quoted, withParameter } from "../../src/http/shared/request.ts";
import { latencyToDefend } from "../../src/http/streaming/adapt-query.ts";
import { SnapshotChoice } from "../../src/http/streaming/snapshot-choice.ts";
import { readTransformQuery } from "../../src/http/streaming/transform-query.ts";
import { variantKey } from "../../src/transform/variant-key.ts";
import { FUZZ_RUNS, FUZZ_TIMEOUT } from "../support/fuzz.ts";

/** Values that are right for some parameter, at the edge of one, or empty. */
const value = fc.oneof(
  fc.constantFrom(
    ...["", "0", "1", "90", "640", "65535", "65536", "-1", "0.5", ".5", "1e3", "NaN", "0x10", "99999999999999999999"],
    ...["h", "hv", "0,0,1,1", "0.1,0.9,0.9,0.1", ".5,.5,.5,.5", "0,0,0,0", "1,1,1", "true", "false", "next"],
    ...["name,clock", "text:%F", "text:%", "clock:%H,%M", "name,text:a,b", "Europe/Berlin", "utc", "top", "__proto__"],
    ...["%", "%ff", "%00", "%F0%9F%93%B7", "+", "&&", "a=b=c", "\ud800"],
  ),
  fc.nat(2000).map(String),
  fc.float({ noNaN: true }).map(String),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ maxLength: 300 }),
);
const PARAMETERS = [
  ...["width", "height", "scale", "quality", "rotate", "flip", "crop", "gray", "fps", "overlay", "tz"],
  ...[
    ...["overlay-position", "overlay_position"],
    "adapt",
    ...["max-latency", "max_latency"],
    "max-age",
    "wait",
    "warmup",
    "strict",
    "key",
    "constructor",
    "__proto__",
  ],
];
const pair = fc.tuple(fc.constantFrom(...PARAMETERS), fc.option(value), fc.boolean()).map(([name, value, isRaw]) => {
  if (value === null) return name;
  return `${name}=${isRaw ? value : encoded(value)}`;
});
const query = fc.oneof(
  { weight: 9, arbitrary: fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join("&")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);

function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** Returns the parsed query, or the error, which must be a short sentence for the client. */
function readOrRefusal<T>(read: () => T): { value?: T } {
  try {
    return { value: read() };
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    assert.equal(error.status, 400);
    assert.match(error.message, /^[a-z-]+ must be .+, got .+\.$/s);
    assert.ok(error.message.length < 3000, error.message);
    return {};
  }
}

const options = { numRuns: FUZZ_RUNS };

test("any query gives a variant whose name gives the same variant, or is refused in words", FUZZ_TIMEOUT, () => {
  const property = fc.property(query, (text) => {
    const { value: spec } = readOrRefusal(() => readTransformQuery({ query: parse(text) }));
    if (spec === undefined) return;
    const key = variantKey(spec);
    // It goes into headers and status: visible ASCII of a bounded length.
    assert.match(key, /^[!#-~]*$/);
    assert.ok(key.length < 4000);
    assert.equal(variantKey(readTransformQuery({ query: parse(key) })), key);
  });
  fc.assert(property, options);
});

test("any query of a live subscription is parsed or refused in words", FUZZ_TIMEOUT, () => {
  const camera = { isAdaptive: false } as Camera;
  const property = fc.property(query, (text) => {
    const { value: wish } = readOrRefusal(() => readQuery(text, camera));
    if (wish?.maxLatencyMs !== undefined) assert.ok(wish.maxLatencyMs >= 50 && wish.maxLatencyMs <= 60_000);
  });
  fc.assert(property, options);
});

test("any query of a snapshot or an adaptive stream is parsed within bounds, or refused in words", FUZZ_TIMEOUT, () => {
  const camera = { framesBefore: () => 1 } as unknown as Camera;
  const frame = { jpeg: Buffer.alloc(0), seq: 1, capturedAt: 1_700_000_000_000, at: 1_000_000_000_000 };
  const property = fc.property(query, (text) => {
    const request = { query: parse(text) } as unknown as Request;
    const { value: choice } = readOrRefusal(() => new SnapshotChoice(camera, request, frame.at));
    if (choice !== undefined) assert.equal(typeof choice.takes(frame), "boolean");
    const { value: latency } = readOrRefusal(() => latencyToDefend(request, true));
    if (latency !== undefined) assert.ok(latency >= 50 && latency <= 60_000);
  });
  fc.assert(property, options);
});

test("a parameter that is set in any query is there once, and the others are unchanged", FUZZ_TIMEOUT, () => {
  const property = fc.property(query, fc.constantFrom("key", "framing"), (text, name) => {
    const request = { originalUrl: `/video_feed?${text}` } as Request;
    const changed = withParameter(request, name, "new").slice(1);
    const others = (query: string) => query.split("&").filter((pair) => pair !== "" && pair.split("=")[0] !== name);
    assert.deepEqual(others(changed), others(queryOf(request)));
    assert.deepEqual(
      changed.split("&").filter((pair) => pair.split("=")[0] === name),
      [`${name}=new`],
    );
  });
  fc.assert(property, options);
});

test("any User-Agent is shortened, and any quoted value is JSON or its start", FUZZ_TIMEOUT, () => {
  const property = fc.property(query, fc.anything(), (text, anything) => {
    const key = clientKeyOf({ url: `/video_feed?${text}` });
    if (key !== null) assert.ok(key.length > 0 && key.length <= 64);
    assert.ok(Array.from(quoted(parse(text))).length <= 101);
    if (typeof anything === "string") assert.ok(Array.from(quoted(anything)).length <= 101);
  });
  fc.assert(property, options);
});
