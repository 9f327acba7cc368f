import assert from "node:assert/strict";
import { test } from "node:test";
import { allocateFrame, widenFrame } from "../../src/core/frame-buffer.ts";

test("a frame has room around it that belongs to nobody else", () => {
  const picture = allocateFrame(10).fill("p");
  const roomy = widenFrame(picture, 3, 2);
  assert.ok(roomy);
  assert.equal(roomy.length, 15);
  roomy.write("abc");
  roomy.write("de", 13);
  assert.equal(roomy.toString(), "abcppppppppppde");
  assert.equal(picture.toString(), "pppppppppp");
});

test("a piece of a frame has the rest of it as room", () => {
  const picture = allocateFrame(10).fill("p");
  assert.equal(widenFrame(picture.subarray(2, 8), 1, 1)?.toString(), "pppppppp");
});

test("there is no room for more than there is, nor in memory that was not allocated with any", () => {
  const picture = allocateFrame(10);
  assert.equal(widenFrame(picture, 10_000, 0), undefined);
  assert.equal(widenFrame(picture, 0, 10_000), undefined);
  assert.equal(widenFrame(Buffer.alloc(100).subarray(40, 60), 1, 1), undefined);
});

test("the room is 160 bytes before a frame and 96 behind it, to the last one", () => {
  const picture = allocateFrame(10);
  assert.equal(widenFrame(picture, 160, 96)?.length, 266);
  assert.equal(widenFrame(picture, 161, 0), undefined);
  assert.equal(widenFrame(picture, 0, 97), undefined);
});
