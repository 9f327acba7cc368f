import assert from "node:assert/strict";
import { test } from "node:test";
import { Redactor } from "../../src/util/secrets/redactor.ts";
import { until } from "../support/deferred.ts";
import { inTime } from "../support/fuzz.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { testCamera } from "../support/serve.ts";

const redactor = new Redactor(["http://user:password@10.0.0.5/stream?key=abcdef12"]);

test("a hundred thousand dropped frames, which are 800 KB of a publisher's, take no more than a moment", async (t) => {
  const camera = testCamera(t, {
    redactor,
    open: async function* ({ dropped }) {
      inTime(() => {
        for (let index = 0; index < 100_000; index++) dropped("A frame is incomplete");
      });
      yield tinyJpeg();
    },
  });
  for await (const _frame of camera.subscribe(new AbortController().signal)) break;
  assert.equal(camera.status().dropped, 100_000);
});

test("notes, waits and errors of a driver hold neither the camera's address nor its secrets", async (t) => {
  const camera = testCamera(t, {
    redactor,
    open: async function* ({ note, waiting }) {
      note?.("It takes the key abcdef12");
      waiting?.("Nobody knows password");
      yield await Promise.reject(new Error("http://user:password@10.0.0.5/stream?key=abcdef12 is gone"));
    },
  });
  const waits: (string | null)[] = [];
  camera.changes.listen(() => waits.push(camera.status().waitingFor));
  camera.subscribe(new AbortController().signal);
  await until("it has failed", () => camera.status().state === "retrying");
  const { note, lastError } = camera.status();
  assert.deepEqual(
    [note, waits.find((text) => text !== null), lastError?.message],
    ["It takes the key ***", "Nobody knows ***", "http://10.0.0.5 is gone"],
  );
});
