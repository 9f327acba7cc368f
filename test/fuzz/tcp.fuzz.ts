import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { CameraDriver } from "../../src/drivers/driver.ts";
import { tcpConnect as tcpConnectDriver } from "../../src/drivers/tcp-connect.ts";
import { tcpListen as tcpListenDriver } from "../../src/drivers/tcp-listen.ts";
import { MessageLog } from "../../src/messages/message-log.ts";
import { OutputRunner } from "../../src/outputs/output-runner.ts";
import { tcpConnect as tcpConnectOutput } from "../../src/outputs/tcp-connect.ts";
import { createTcpListen } from "../../src/outputs/tcp-listen.ts";
import { packHeader } from "../../src/protocols/frame-header.ts";
import { FrameReader } from "../../src/protocols/frame-reader.ts";
import { watchedCamera } from "../support/cameras/watched-camera.ts";
import { until } from "../support/deferred.ts";
import { COSTLY_RUNS, FUZZ_TIMEOUT, hostileChunks } from "../support/fuzz.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { connectPeer } from "../support/sockets/tcp.ts";

const A = tinyJpeg({ label: "after it all", width: 320, height: 200 });

/** How a hostile peer leaves. */
const leaving = fc.constantFrom("end" as const, "destroy" as const, "resetAndDestroy" as const);
type Leaving = "end" | "destroy" | "resetAndDestroy";

/** Most keep the connection for the next case: connecting costs more than everything else. */
const leavingSometimes = fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 3, arbitrary: leaving });

/** Bytes that memory may grow by: socket buffers, and garbage that is not collected yet. */
const MEMORY = 200 * 1024 * 1024;

/** Runs the cases one after the other, and checks the bound of memory. */
async function fuzz<T extends Leaving | undefined>(
  leave: fc.Arbitrary<T>,
  visit: (chunks: readonly Buffer[], leave: T) => Promise<void>,
) {
  const before = process.memoryUsage.rss();
  await fc.assert(fc.asyncProperty(hostileChunks, leave, visit), { numRuns: COSTLY_RUNS });
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < MEMORY, `memory grew by ${Math.round(grown / 1024 / 1024)} MB`);
}

/**
 * Connects to a port and sends case after case. Reconnects now and then, and when the server closes
 * the connection.
 */
async function intrude(port: number): Promise<void> {
  let socket: Socket | undefined;
  await fuzz(leavingSometimes, async (chunks, leave) => {
    if (socket === undefined || socket.destroyed) socket = await arrive(port);
    for (const chunk of chunks) {
      socket.write(chunk);
      await new Promise(setImmediate);
    }
    if (leave === undefined) return;
    socket[leave]();
    if (!socket.closed) await once(socket, "close").catch(() => {});
  });
  socket?.destroy();
}

async function arrive(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.on("error", () => {});
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => {});
  return socket;
}

test("the tcp-listen camera survives any senders, and shows a good one after them", FUZZ_TIMEOUT, async (t) => {
  const camera = watchedCamera(t, tcpListenDriver, { address: "127.0.0.1:0", takeover: "true" });
  const port = Number(/\d+$/.exec(await camera.heard(/Waiting for a publisher/))?.[0]);
  await intrude(port);
  assert.equal(camera.camera.status().restarts, 0);
  const peer = await connectPeer(t, port);
  peer.socket.write(A);
  await until("the good sender is shown", () => camera.pictures.at(-1)?.equals(A));
});

/** Runs an output of a camera that has one frame. */
function outputOf(t: TestContext, run: ConstructorParameters<typeof OutputRunner>[0]["run"]) {
  const notes: string[] = [];
  const messages = new MessageLog();
  const failures: string[] = [];
  const output = new OutputRunner({
    kind: "test",
    address: "",
    run,
    frames: () => ({
      async *subscribe(signal) {
        for (let seq = 0; !signal.aborted; seq++) {
          yield { jpeg: A, seq, capturedAt: Date.now(), at: performance.now() };
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
    }),
    messages,
    onNote: (text) => notes.push(text),
    onFailure: (message) => failures.push(message),
  });
  t.after(() => output.close());
  output.start();
  return { output, notes, messages, failures };
}

for (const protocol of ["raw", "negotiated"]) {
  test(
    `the ${protocol} tcp-listen output survives any clients, and serves a good one after them`,
    FUZZ_TIMEOUT,
    async (t) => {
      const tcpListen = createTcpListen();
      const options = tcpListen.options.parse({ address: "127.0.0.1:0", protocol });
      const { notes, failures } = outputOf(t, (context) => tcpListen.run(options, context));
      const port = Number(/\d+$/.exec(await until("it listens", () => notes[0]))?.[0]);
      await intrude(port);
      assert.deepEqual(failures, []);
      const peer = await connectPeer(t, port);
      if (protocol === "negotiated") {
        peer.socket.write(packHeader("lhh8", { long: 900, width: 320, height: 200 }));
        const frame = () => [...new FrameReader("lhh8").push(peer.bytes())][0];
        assert.deepEqual(await until("it is served", frame), A);
      } else {
        assert.deepEqual(await peer.received(A.length), A);
      }
    },
  );
}

/** Starts a server that sends the chunks of `case` to each client, and closes. */
async function hostileServer(t: TestContext) {
  const served = { chunks: [] as readonly Buffer[], leave: "end" as Leaving };
  const server = createServer({ noDelay: true }, async (socket: Socket) => {
    const { chunks, leave } = served;
    socket.on("error", () => {});
    socket.resume();
    for (const chunk of chunks) {
      socket.write(chunk);
      await new Promise(setImmediate);
    }
    socket[leave]();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { served, address: `127.0.0.1:${(server.address() as { port: number }).port}` };
}

async function drain(driver: CameraDriver, options: Record<string, unknown>): Promise<Error> {
  const context = { signal: new AbortController().signal, dropped: () => {} };
  try {
    for await (const jpeg of driver.open(driver.options.parse(options), context)) assert.ok(jpeg.length > 0);
  } catch (error) {
    return error as Error;
  }
  return new Error("it ended without an error");
}

for (const options of [{ protocol: "raw" }, { protocol: "negotiated" }, { protocol: "negotiated", header: "text" }]) {
  test(
    `the tcp-connect camera fails in words whatever a server sends, ${Object.values(options)}`,
    FUZZ_TIMEOUT,
    async (t) => {
      const { served, address } = await hostileServer(t);
      await fuzz(leaving, async (chunks, leave) => {
        Object.assign(served, { chunks, leave });
        const { message } = await drain(tcpConnectDriver, { address, ...options });
        assert.match(
          message,
          /^(127\.0\.0\.1:\d+(:| closed the connection)|Cannot read frames of 127\.0\.0\.1:\d+: it )/,
        );
      });
    },
  );
}

test(
  "the tcp-connect output keeps few of the texts whatever a viewer sends, and fails in words",
  FUZZ_TIMEOUT,
  async (t) => {
    const { served, address } = await hostileServer(t);
    const options = tcpConnectOutput.options.parse({ address });
    const messages = new MessageLog();
    await fuzz(leaving, async (chunks, leave) => {
      Object.assign(served, { chunks, leave });
      const run = tcpConnectOutput.run(options, {
        signal: new AbortController().signal,
        frames: () => ({
          async *subscribe() {
            yield { jpeg: A, seq: 0, capturedAt: 0, at: 0 };
          },
        }),
        messages,
        meter: { peer: () => () => {}, sent: () => {}, dropped: () => {} },
        note: () => {},
      });
      await assert.rejects(run, /^Error: 127\.0\.0\.1:\d+(:| closed the connection)/);
    });
    assert.ok(messages.list().length <= 200);
  },
);
