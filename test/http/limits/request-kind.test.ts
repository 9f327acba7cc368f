import assert from "node:assert/strict";
import { test } from "node:test";
import { requestKind } from "../../../src/http/limits/request-kind.ts";

const KINDS = {
  api: [
    ...["/snapshot.jpg", "/snapshot", "/base/cameras/door/snapshot.jpg?width=64", "/SNAPSHOT.JPG", "/snapshot.jpg/"],
    ...["/?action=snapshot", "/?action=snapshot_1", "/?x=1&action=snapshot", "/api/frame.jpeg?src=door", "/state"],
    ...["/api/cameras", "/api/cameras/door/messages", "/api/tokens", "/api/doctor", "/metrics"],
    ...[
      "/snapshot.jpg#x",
      "/public/picture.css#",
      "/public\\picture.css",
      "http://here/Snapshot.jpg",
      "http://here/api/cameras?x",
    ],
  ],
  stream: [
    ...[
      "/video_feed",
      "/base/cameras/door/video_feed?fps=5",
      "/stream",
      "/stream.mjpg",
      "/?action=stream",
      "/?action=stream_1",
    ],
    ...["/api/stream.mjpeg?src=door", "/live", "/base/live/", "/healthz", "/api/cameras/door/messages/stream?last=3"],
  ],
  ingest: ["/cameras/door/frames", "/base/cameras/door/frames/?key=a", "/cameras/Door/Frames/"],
  page: ["/", "/cameras/door", "/public/live.js", "/cameras/door/publish.svg", "/?camera=door", "", "*", "/nothing"],
} as const;

test("the path decides a request's kind, below any base path and by every alias", () => {
  for (const [kind, urls] of Object.entries(KINDS)) {
    for (const url of urls) assert.equal(requestKind(url), kind, url);
  }
});

test("the longest possible path is classified at once", () => {
  const since = performance.now();
  for (let round = 0; round < 100; round++)
    requestKind(`${"/stream/frames/snapshot".repeat(700)}?${"&action".repeat(100)}`);
  assert.ok(performance.now() - since < 1000);
});
