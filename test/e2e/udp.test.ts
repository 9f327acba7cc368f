import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../support/deferred.ts";
import { sizeOf } from "../support/images/layouts.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startPython } from "../support/peers/python.ts";
import { refusalOf, startServer } from "../support/programs/server.ts";
import { freeUdpPort, udpSocket } from "../support/sockets/udp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needsPython } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

/* The server with cameras, outputs and messages over UDP. */

const skip = needsPython("socket", "python3");

test("frames go from a camera over UDP to another camera, and messages beside them", { skip }, async (t) => {
  const [pictures, words] = [await freeUdpPort(), await freeUdpPort()];
  const folder = temporaryFolder(t);
  const config = join(folder, "stillstream.yaml");
  const lines = [
    "cameras:",
    "  far: fake#fps=20",
    `  near: { driver: udp-listen, address: "127.0.0.1:${pictures}", allow: "127.0.0.0/8" }`,
    "outputs:",
    `  - { camera: far, kind: udp-send, address: "127.0.0.1:${pictures}" }`,
    "messages:",
    `  - "near=udp-listen:127.0.0.1:${words}"`,
  ];
  writeFileSync(config, lines.join("\n"));
  const server = await startServer(t, ["--config", config]);
  const watcher = watchStream(t, `${server.url}/cameras/near/video_feed`);
  await until("pictures come", () => watcher.pictures.length >= 20);
  const client = startPython<{ answer: string }>(t, "udp_message_client.py", String(words), '"hello"');
  assert.equal(await client.ended, 0);
  assert.deepEqual(client.said, [{ answer: "get the msg" }]);
  const size = sizeOf(readFileSync(FAKE_FRAMES[0] as string));
  for (const picture of watcher.pictures) assert.deepEqual(sizeOf(picture), size);
});

test("a Python sender is answered without a viewer, and a later viewer gets its frame", {
  skip,
}, async (t) => {
  const port = await freeUdpPort();
  const server = await startServer(t, [`cam=udp-listen:127.0.0.1:${port}`]);
  const client = startPython(t, "udp_frame_client.py", "chunks", String(port), "l", FAKE_FRAMES[1] as string);
  assert.equal(await client.ended, 0);
  const response = await fetch(`${server.url}/snapshot.jpg?max-age=60000`);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), readFileSync(FAKE_FRAMES[1] as string));
  const status = await server.report("cam");
  assert.deepEqual([status.state, status.frames], ["live", 1]);
});

test("a UDP port in use ends the start in one sentence, with exit status 1", async (t) => {
  const { port } = await udpSocket(t);
  const sentence = `UDP port ${port} is in use by another program or camera. Stop it, or choose another port.`;
  const camera = await refusalOf(t, [`cam=udp-listen:127.0.0.1:${port}`]);
  assert.deepEqual([camera.status, camera.stderr], [1, `stillstream: camera cam: ${sentence}\n`]);
  const messages = await refusalOf(t, ["fake", "--messages", `udp-listen:127.0.0.1:${port}`]);
  assert.deepEqual(
    [messages.status, messages.stderr],
    [1, `stillstream: --messages udp-listen:127.0.0.1:${port}: ${sentence}\n`],
  );
});

test("wrong options are refused in one sentence each, with exit status 2", async (t) => {
  const { status, stderr } = await refusalOf(t, [
    "fake",
    "cam=udp-listen",
    "other=udp-listen:70000#allow=me",
    "--output",
    "udp-send:9999#header=2",
    "--messages",
    "udp-listen:no",
  ]);
  assert.equal(status, 2);
  assert.doesNotMatch(stderr, /^\s+at /m);
  for (const part of [
    "camera cam=udp-listen, address: the value is missing. It must be [host:]port, such as 9999 or 127.0.0.1:9999.",
    'address: "70000" is invalid. It must be [host:]port, such as 9999 or 127.0.0.1:9999.',
    'allow: "me" is invalid. It must be addresses or ranges of them, such as 192.168.0.0/24,10.0.0.7,fd00::/8.',
    'address: "9999" is invalid. It must be host:port, such as 192.168.0.20:65432 or [::1]:65432.',
    'header: "2" is invalid. It must be one of 8, 4.',
    'address: "no" is invalid. It must be [host:]port, such as 9999 or 127.0.0.1:9999.',
  ]) {
    assert.ok(stderr.includes(part), `${stderr} lacks ${part}`);
  }
});
