import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError, hideSecrets } from "../../src/util/errors.ts";

test("passwords in URLs are hidden, wherever in a text they stand", () => {
  assert.equal(
    hideSecrets("cannot open rtsp://joe:s3cret@10.0.0.8/live or http://token@host/x?y=1 or http://plain/path"),
    "cannot open rtsp://joe:***@10.0.0.8/live or http://***@host/x?y=1 or http://plain/path",
  );
});

test("a password with an @ or a colon in it is hidden whole", () => {
  assert.equal(hideSecrets("rtsp://admin:p@ss:w@rd@10.0.0.8/live"), "rtsp://admin:***@10.0.0.8/live");
});

test("a slash in a password, and parameters that are named for a secret, are hidden too", () => {
  assert.equal(hideSecrets("rtsp://admin:ti/ger7@10.0.0.8/x"), "rtsp://admin:***@10.0.0.8/x");
  assert.equal(hideSecrets("http://host:8080/a@b"), "http://host:8080/a@b");
  assert.equal(
    hideSecrets("http://h/x?user=admin&pwd=tiger7&apiKey=k&n=1"),
    "http://h/x?user=admin&pwd=***&apiKey=***&n=1",
  );
});

test("text that only looks a little like a URL is left alone", () => {
  for (const text of ["a // b @ c", "mail me@example.com", "http://host/a@b", "C://x"])
    assert.equal(hideSecrets(text), text);
});

test("anything thrown is described in one line, without a stack", () => {
  assert.equal(describeError(new Error("it broke")), "it broke");
  assert.equal(describeError(new TypeError("")), "TypeError");
  assert.equal(describeError("just text"), "just text");
  assert.equal(describeError(undefined), "undefined");
});
