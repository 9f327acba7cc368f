import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDARY } from "../../../src/core/boundary.ts";
import { Feed } from "../../../src/http/streaming/feed.ts";
import type { Part } from "../../../src/http/streaming/multipart.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { handSource } from "../../support/cameras/hand-source.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";

test("an encoded frame that holds the boundary is not laid out", async (t) => {
  const { camera } = handCamera(t);
  const source = handSource();
  const feed = new Feed({ camera, source, lastFrame: async () => null }, new Placeholders(), 10_000);
  const seen: Part[] = [];
  const viewer = {
    network: "10.0.0.1",
    put: (part: Part) => void seen.push(part),
    close: () => {},
    takesPlaceholder: () => false,
  };
  feed.attach(viewer);
  t.after(() => feed.detach(viewer));
  for (const label of [`\r\n--${BOUNDARY}`, "good"]) await source.show(tinyJpeg({ label }));
  await until("the good one has come", () => seen.some(({ frame }) => frame?.seq === 1));
  assert.deepEqual(
    seen.map(({ frame }) => frame?.seq),
    [1],
  );
});
