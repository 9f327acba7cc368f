import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textPieces } from "../../src/protocols/text-pieces.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

test("a text is cut into pieces under 1024 bytes that each decode alone, and are the text together", () => {
  const text = fc.string({ unit: "binary", maxLength: 3000, size: "max" });
  fc.assert(
    fc.property(text, (any) => {
      const pieces = textPieces(any);
      for (const piece of pieces) assert.ok(piece.length > 0 && piece.length < 1024);
      assert.equal(pieces.map((piece) => decoder.decode(piece)).join(""), Buffer.from(any).toString());
    }),
  );
});

test("characters of every width are never cut, wherever the limit falls", () => {
  for (const character of ["a", "é", "漢", "😀"]) {
    for (let lead = 0; lead < 8; lead++) {
      const text = "-".repeat(lead) + character.repeat(100);
      for (const maxBytes of [4, 5, 6, 7, 8, 9]) {
        const pieces = textPieces(text, maxBytes);
        assert.ok(pieces.every(({ length }) => length <= maxBytes));
        assert.equal(pieces.map((piece) => decoder.decode(piece)).join(""), text);
      }
    }
  }
});

test("an ASCII text has as few pieces as possible, and an empty one has none", () => {
  assert.deepEqual(
    textPieces("x".repeat(3000)).map(({ length }) => length),
    [1023, 1023, 954],
  );
  assert.deepEqual(textPieces(""), []);
});
