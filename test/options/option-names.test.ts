import assert from "node:assert/strict";
import { test } from "node:test";
import { findOption, isConflict, kebabCase, namesOf } from "../../src/options/option-names.ts";

test("an option has one current name, and its old names are those in camelCase and snake_case", () => {
  assert.deepEqual(namesOf(kebabCase("maxBytes")), ["max-bytes", "maxBytes", "max_bytes"]);
  assert.deepEqual(namesOf(kebabCase("fps")), ["fps"]);
});

test("an option is found under any of its names, and only there", () => {
  const written = { maxBytes: "5", max_clients: "2", fps: "1" };
  assert.deepEqual(findOption(written, "max-bytes"), [{ name: "maxBytes", value: "5" }]);
  assert.deepEqual(findOption(written, "max-clients"), [{ name: "max_clients", value: "2" }]);
  assert.deepEqual(findOption(written, "constructor"), []);
});

test("two names of an option are a conflict if their values differ", () => {
  const both = (old: unknown) => isConflict(findOption({ "max-bytes": ["5"], maxBytes: old }, "max-bytes"));
  assert.equal(both(["5"]), false);
  assert.equal(both(["6"]), true);
  assert.equal(isConflict([]), false);
});
