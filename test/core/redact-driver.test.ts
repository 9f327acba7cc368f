import assert from "node:assert/strict";
import { test } from "node:test";
import { redactDriver } from "../../src/core/redact-driver.ts";
import { Redactor } from "../../src/util/secrets/redactor.ts";
import { inTime } from "../support/fuzz.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";

test("a hundred thousand dropped frames, which are 800 KB of a publisher's, take no more than a moment", async () => {
  let count = 0;
  const open = redactDriver(
    async function* ({ dropped }) {
      inTime(() => {
        for (let index = 0; index < 100_000; index++) dropped("A picture is not whole");
      });
      yield tinyJpeg();
    },
    new Redactor(["http://user:password@10.0.0.5/stream?key=abcdef12"]),
  );
  const context = { signal: new AbortController().signal, dropped: () => count++ };
  for await (const _jpeg of open(context)) break;
  assert.equal(count, 100_000);
});
