import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerAscii, printableCameraText } from "../../../src/drivers/http-client/camera-text.ts";
import { Redactor } from "../../../src/util/secrets/redactor.ts";

/** As the bytes of a camera's answer are read. */
const latin1 = (text: string) => Buffer.from(text).toString("latin1");

test("a password that a camera says back is hidden, whatever its characters and wherever a long text is cut", () => {
  for (const password of [
    "tig\u00e5er7\u00dfZz",
    "tig\u{1f511}er7Zz",
    "tig er7Zz",
    "tig\ter7\u0007Zz",
    'tig"er7\\Zz',
  ]) {
    const redactor = new Redactor([`http://admin:${encodeURIComponent(password)}@cam.lan/x`]);
    const isLatin1 = /^[\0-\xff]*$/.test(password);
    for (const said of [latin1(password), isLatin1 ? password : "", lowerAscii(latin1(`No ${password}`))]) {
      const told = redactor.hide(printableCameraText(`No ${said} at /x`));
      assert.doesNotMatch(told, /tig|er7|zz/i, `${JSON.stringify(said)} → ${told}`);
    }
  }
  const redactor = new Redactor(["http://admin:tiger7-tiger7@cam.lan/x"]);
  for (let length = 50; length < 80; length++) {
    assert.doesNotMatch(redactor.hide(printableCameraText(`${"x".repeat(length)} tiger7-tiger7`)), /tig/);
  }
});

test("a camera's text stays in one line, and in its language", () => {
  assert.equal(printableCameraText(latin1("Nicht gefunden: Stra\u00dfe")), "Nicht gefunden: Stra\u00dfe");
  assert.equal(printableCameraText("Zugang gesperrt f\u00fcr Sie"), "Zugang gesperrt f\u00fcr Sie");
  assert.equal(printableCameraText("\u001b[2JNot\nFound "), "\\u001b[2JNot\\nFound");
});
