import assert from "node:assert/strict";
import { test } from "node:test";
import { addressRanges } from "../../src/net/address-ranges.ts";
import { connectTcp } from "../../src/net/tcp-client.ts";
import { checkTcpPort, listenTcp } from "../../src/net/tcp-server.ts";
import { SetupError } from "../../src/util/errors.ts";
import { until } from "../support/deferred.ts";
import { connectPeer, freePort, listenTcpTest } from "../support/sockets/tcp.ts";

const never = new AbortController().signal;

test("a port that is taken, or of another machine, is refused in one sentence with exit status 1", async (t) => {
  const port = await listenTcpTest(t, () => {});
  const failure = async (host: string, port: number) =>
    await checkTcpPort({ host, port }).then(
      () => assert.fail("it was accepted"),
      (error: unknown) => {
        assert.ok(error instanceof SetupError);
        assert.equal(error.exitCode, 1);
        return error.message;
      },
    );
  assert.equal(
    await failure("127.0.0.1", port),
    `port ${port} is in use by another program. Stop it, or choose another port.`,
  );
  // 192.0.2.0/24 is for documentation (RFC 5737).
  assert.equal(
    await failure("192.0.2.1", 0),
    "192.0.2.1 is not an address of this machine. Omit it to listen on all addresses.",
  );
  await checkTcpPort({ host: "127.0.0.1", port: await freePort() });
});

test("a server names its peers, and its end cuts them and frees the port", async (t) => {
  const peers: string[] = [];
  const server = await listenTcp({ host: "::", port: 0 }, (_, peer) => peers.push(peer));
  const peer = await connectPeer(t, server.port);
  await until("it is named", () => peers.length === 1);
  assert.deepEqual(peers, [`127.0.0.1:${peer.socket.localPort}`]);
  await server.close();
  await peer.closed();
  await checkTcpPort({ host: "::", port: server.port });
});

test("a failed connection says why in plain words, with the address", async () => {
  const port = await freePort();
  await assert.rejects(connectTcp({ host: "127.0.0.1", port }, never), {
    message: `127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`,
  });
  await assert.rejects(
    connectTcp({ host: "no.such.host.invalid", port: 1 }, never),
    /^Error: no\.such\.host\.invalid:1: /,
  );
});

test("an abort ends the attempt to connect", async () => {
  const controller = new AbortController();
  // An address that answers nobody (RFC 5737), or at once that it cannot be reached.
  const attempt = connectTcp({ host: "192.0.2.1", port: 9 }, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(attempt, /enough/);
  await assert.rejects(connectTcp({ host: "127.0.0.1", port: 9 }, controller.signal), /enough/);
});

test("a peer that is not allowed is cut before it is passed on, and reported", async (t) => {
  const [peers, foreign]: [string[], string[]] = [[], []];
  const allow = addressRanges().parse("10.0.0.0/8");
  const server = await listenTcp({ host: "::", port: 0 }, (_, peer) => peers.push(peer), {
    allow,
    onForbidden: (peer) => foreign.push(peer),
  });
  t.after(() => server.close());
  const peer = await connectPeer(t, server.port);
  await peer.closed();
  assert.deepEqual([peers, foreign], [[], [peer.name]]);
});
