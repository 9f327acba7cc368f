import assert from "node:assert/strict";
import { test } from "node:test";
import { allocatePicture, withRoom } from "../../src/core/frame-buffer.ts";

test("a picture has room around it that belongs to nobody else", () => {
  const picture = allocatePicture(10).fill("p");
  const roomy = withRoom(picture, 3, 2);
  assert.ok(roomy);
  assert.equal(roomy.length, 15);
  roomy.write("abc");
  roomy.write("de", 13);
  assert.equal(roomy.toString(), "abcppppppppppde");
  assert.equal(picture.toString(), "pppppppppp");
});

test("a piece of a picture has the rest of it as room", () => {
  const picture = allocatePicture(10).fill("p");
  assert.equal(withRoom(picture.subarray(2, 8), 1, 1)?.toString(), "pppppppp");
});

test("there is no room for more than there is, nor in memory that was not allocated with any", () => {
  const picture = allocatePicture(10);
  assert.equal(withRoom(picture, 10_000, 0), undefined);
  assert.equal(withRoom(picture, 0, 10_000), undefined);
  assert.equal(withRoom(Buffer.alloc(100).subarray(40, 60), 1, 1), undefined);
});
