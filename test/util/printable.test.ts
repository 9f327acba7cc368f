import assert from "node:assert/strict";
import { test } from "node:test";
import { printable, printableLine } from "../../src/util/printable.ts";

test("nothing in a text moves a terminal's cursor, and the rest stays", () => {
  for (const [text, shown] of [
    ["\u001b[2J\u0007\b\r", "\\u001b[2J\\u0007\\u0008\\u000d"],
    ["\u009b31m\u007f\u0085", "\\u009b31m\\u007f\\u0085"],
    ["\u202egpj.exe\u2069\u2028", "\\u202egpj.exe\\u2069\\u2028"],
    ["Größe, 門, 👩‍🚒\ta", "Größe, 門, 👩‍🚒\ta"],
  ] as const) {
    assert.equal(printable(text), shown);
  }
  assert.equal(printable("one\ntwo"), "one\ntwo");
  assert.equal(printableLine("one\ntwo\tthree"), "one\\ntwo\\u0009three");
});
