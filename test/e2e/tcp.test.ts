import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputStatus } from "../../src/outputs/output-runner.ts";
import { until } from "../support/deferred.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startPeer } from "../support/peers/python-peer.ts";
import { refusalOf, startServer } from "../support/programs/server.ts";
import { freePort, listenTcpTest } from "../support/sockets/tcp.ts";
import { needs } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

/*
 * The server between programs: one sends frames to it, others receive frames from it, all over
 * TCP.
 */

test("frames that a program sends are seen over HTTP, and by programs that connect, request, or listen", {
  skip: needs("python3"),
}, async (t) => {
  const [cameraPort, rawPort, askPort] = [await freePort(), await freePort(), await freePort()];
  const listener = startPeer(t, "listening_viewer.py", 0);
  const [listenerPort] = await listener.said<number>("port");
  const server = await startServer(t, [
    `car=tcp-listen:127.0.0.1:${cameraPort}`,
    ...["--output", `tcp-listen:127.0.0.1:${rawPort}#fps=3#max-bytes=30000`],
    ...["--output", `car=tcp-listen:127.0.0.1:${askPort}#protocol=negotiated`],
    ...["--output", `tcp-connect:127.0.0.1:${listenerPort}#fps=3`],
  ]);
  const report = () => server.report("car");
  assert.deepEqual((await report()).waitingFor, `Waiting for a publisher on port ${cameraPort}`);

  startPeer(t, "tcp_sender.py", "127.0.0.1", cameraPort, 0.1, ...FAKE_FRAMES);
  const stream = watchStream(t, `${server.url}/video_feed`);
  const raw = startPeer(t, "tcp_viewer.py", "127.0.0.1", rawPort, 65_536, 1000);
  const asking = startPeer(t, "negotiated_client.py", "127.0.0.1", askPort, "native", 888 + 5, 320, 240, 1000);
  await Promise.all([raw.said("whole", 3), asking.said("whole", 3), listener.said("whole", 3)]);
  for (const peer of [raw, asking, listener]) assert.ok(peer.values("whole").every(Boolean));
  await until("it is seen over HTTP", () => stream.pictures.length > 0);

  const outputs = (await report()).outputs as OutputStatus[];
  assert.deepEqual(
    outputs.map(({ kind, address, lastError }) => [kind, address, lastError]),
    [
      ["tcp-listen", `127.0.0.1:${rawPort}`, null],
      ["tcp-listen", `127.0.0.1:${askPort}`, null],
      ["tcp-connect", `127.0.0.1:${listenerPort}`, null],
    ],
  );
  for (const { peers, frames, bytes, fps } of outputs) {
    assert.equal(peers.length, 1);
    assert.ok(frames >= 3 && bytes > 1000 && fps > 0);
  }
  assert.doesNotMatch(server.errors(), /"level":[456]0|Warning/);
});

test("ports in use of cameras and outputs are all reported at start, with exit status 1", async (t) => {
  const port = await listenTcpTest(t, () => {});
  const args = [`car=tcp-listen:127.0.0.1:${port}`, "--output", `tcp-listen:127.0.0.1:${port}#quality=50`];
  const { status, stderr } = await refusalOf(t, args);
  assert.equal(status, 1);
  const taken = `port ${port} is in use by another program. Stop it, or choose another port.`;
  assert.equal(stderr, `stillstream: camera car: ${taken}\n  --output tcp-listen:127.0.0.1:${port}: ${taken}\n`);
});

test("a camera and an output with the same port are refused at start", async (t) => {
  const port = await freePort();
  const { status, stderr } = await refusalOf(t, [
    ...[`car=tcp-listen:127.0.0.1:${port}`],
    ...["--output", `tcp-listen:127.0.0.1:${port}`],
  ]);
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`port ${port} is in use`));
});
