import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { Transformer } from "../../src/transform/transformer.ts";
import { until } from "../support/deferred.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { refusalOf, startServer } from "../support/programs/server.ts";
import { connectPeer, freePort } from "../support/sockets/tcp.ts";

/* Overlays that show the title of a camera. */

test("a camera's title is drawn on its frames, over HTTP and by an output", async (t) => {
  const port = await freePort();
  const output = `tcp-listen:127.0.0.1:${port}#max-bytes=0#overlay=name#quality=70`;
  const server = await startServer(t, ["door=fake#title=Front%20porch", "--output", output]);
  const transformer = new Transformer({ overlay: [{ kind: "name" }], quality: 70 }, () => "Front porch");
  const expected = await Promise.all(
    FAKE_FRAMES.map((path) => {
      const picture = readFileSync(path);
      const plan = transformer.plan(picture);
      assert.ok(plan !== undefined);
      return transformer.run(picture, plan);
    }),
  );
  const isExpected = (jpeg: Uint8Array) => expected.some((one) => one.equals(jpeg));

  const snapshot = await fetch(`${server.url}/snapshot.jpg?overlay=name&quality=70`);
  assert.ok(isExpected(Buffer.from(await snapshot.arrayBuffer())));

  const peer = await connectPeer(t, port);
  const picture = await until("a frame has come", () => new JpegSplitter().push(peer.bytes())[0]);
  assert.ok(isExpected(picture));
});

test("an output with an invalid overlay is refused at start", async (t) => {
  const { status, stderr } = await refusalOf(t, ["fake", "--output", "tcp-listen:0#overlay=text:%25q#tz=Mars"]);
  assert.equal(status, 2);
  assert.match(stderr, /overlay: "text:%q" is invalid\. It must be text whose codes are among /);
  assert.match(stderr, /tz: "Mars" is invalid\. It must be a time zone such as Europe\/Berlin or UTC/);
});
