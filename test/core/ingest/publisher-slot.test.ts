import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PublisherConflict, PublisherSlotBusy, PublisherTimeout } from "../../../src/core/ingest/publisher.ts";
import type { PublisherConnection } from "../../../src/core/ingest/publisher-connection.ts";
import { PublisherSlot, type PublisherSlotOptions } from "../../../src/core/ingest/publisher-slot.ts";
import { virtualTime } from "../../support/virtual-time.ts";

interface Camera {
  readonly inlet: PublisherSlot;
  /** What the driver was given. */
  readonly pictures: Uint8Array[];
  /** What it said it waits for. */
  readonly said: string[];
  readonly dropped: string[];
}

/** Makes a publisher slot with a driver that reads it until the test ends. */
function openInlet(t: TestContext, options: Partial<PublisherSlotOptions> = {}): Camera {
  const inlet = new PublisherSlot({ stallMs: 10_000, ...options });
  const stop = new AbortController();
  const [pictures, said, dropped]: [Uint8Array[], string[], string[]] = [[], [], []];
  const context = {
    signal: stop.signal,
    waiting: (text: string) => said.push(text),
    dropped: (reason: string) => dropped.push(reason),
  };
  void (async () => {
    for await (const picture of inlet.read(context)) pictures.push(picture);
  })();
  t.after(() => {
    inlet.close();
    stop.abort();
  });
  return { inlet, pictures, said, dropped };
}

interface Connected {
  readonly connection: PublisherConnection;
  readonly lost: Error[];
  /** What it has received, in bytes. */
  bytes: number;
}

function connect(
  { inlet }: Pick<Camera, "inlet">,
  address: string,
  { key = null, isStream = true }: { key?: string | null; isStream?: boolean } = {},
): Connected {
  const connected: { lost: Error[]; bytes: number } = { lost: [], bytes: 0 };
  const connection = inlet.connect({
    publisher: { address, key },
    isStream,
    received: () => connected.bytes,
    onLost: (error) => connected.lost.push(error),
  });
  return Object.assign(connected, { connection });
}

const PICTURE = Buffer.from("a picture");

/** Sends one picture as a request does that brings one. */
async function sendSingle(camera: Camera, address: string, key: string | null = null): Promise<void> {
  const { connection } = connect(camera, address, { key, isStream: false });
  try {
    await connection.push(PICTURE);
  } finally {
    connection.end();
  }
}

test("frames reach the driver in order, and the publisher is in the status", async (t) => {
  const time = virtualTime(t);
  const camera = openInlet(t);
  assert.equal(camera.inlet.publisher, null);
  const { connection } = connect(camera, "10.0.0.7:5000", { key: "abc" });
  await time.advance(7000);
  for (const text of ["a", "b", "c"]) await connection.push(Buffer.from(text));
  assert.deepEqual(camera.pictures.map(String), ["a", "b", "c"]);
  const { since, ...sender } = camera.inlet.publisher ?? { since: 0 };
  assert.deepEqual(sender, { address: "10.0.0.7:5000", key: "abc", frames: 3 });
  assert.equal(since, Date.now() - 7000);
  connection.skip("A frame is incomplete");
  assert.deepEqual(camera.dropped, ["A frame is incomplete"]);
  connection.end();
  assert.equal(camera.inlet.publisher, null);
});

test("while a stream is live, every other publisher is refused, from the same address too", async (t) => {
  const camera = openInlet(t);
  const { connection } = connect(camera, "10.0.0.7:5000");
  await connection.push(PICTURE);
  const wanted = {
    name: "PublisherConflict",
    message: "Another publisher is live. Try again when it has ended.",
  };
  assert.throws(() => connect(camera, "10.0.0.8:5000"), wanted);
  assert.throws(() => connect(camera, "10.0.0.7:6000"), wanted);
  assert.throws(() => connect(camera, "10.0.0.7:6000", { isStream: false }), wanted);
  assert.throws(() => camera.inlet.check({ address: "10.0.0.8:1", key: "other" }), wanted);
  await connection.push(PICTURE);
  connection.end();
  connect(camera, "10.0.0.8:5000").connection.end();
});

test("a publisher takes its own slot again by its key", async (t) => {
  const camera = openInlet(t);
  const old = connect(camera, "10.0.0.7:5000", { key: "abc" });
  await old.connection.push(PICTURE);
  const fresh = connect(camera, "10.0.0.9:5000", { key: "abc" });
  assert.deepEqual(
    old.lost.map((error) => [error.name, error.message]),
    [["PublisherConflict", "Another connection replaced this one."]],
  );
  await fresh.connection.push(PICTURE);
  await old.connection.push(PICTURE);
  old.connection.end();
  assert.equal(camera.pictures.length, 2);
  assert.equal(camera.inlet.publisher?.address, "10.0.0.9:5000");
  // It fell back to single pictures.
  await sendSingle(camera, "10.0.0.9:6000", "abc");
  assert.equal(fresh.lost.length, 1);
  assert.equal(camera.inlet.publisher?.frames, 1);
});

test("a stream that gives no frame gives way to the next publisher, and one that gave some does not", async (t) => {
  const time = virtualTime(t);
  const camera = openInlet(t);
  const silent = connect(camera, "10.0.0.7:5000");
  await time.advance(2000);
  assert.throws(() => connect(camera, "10.0.0.8:5000"), PublisherConflict);
  assert.equal(silent.lost.length, 0);
  await time.advance(1);
  const good = connect(camera, "10.0.0.8:5000");
  assert.ok(silent.lost[0] instanceof PublisherConflict);
  await good.connection.push(PICTURE);
  await time.advance(9999);
  assert.throws(() => connect(camera, "10.0.0.7:5000"), PublisherConflict);
});

test("a script that sends single frames is never refused by itself, and keeps others out while it goes on", async (t) => {
  const time = virtualTime(t);
  const camera = openInlet(t);
  for (let port = 5000; port < 5005; port++) await sendSingle(camera, `10.0.0.7:${port}`);
  assert.equal(camera.inlet.publisher?.frames, 5);
  await assert.rejects(sendSingle(camera, "10.0.0.8:5000"), PublisherConflict);
  assert.throws(() => connect(camera, "10.0.0.8:5000"), PublisherConflict);
  // Two of its own overlap, as over a slow link.
  const [one, two] = [5005, 5006].map((port) => connect(camera, `10.0.0.7:${port}`, { isStream: false }));
  await two?.connection.push(PICTURE);
  await one?.connection.push(PICTURE);
  assert.equal(camera.inlet.publisher?.frames, 7);
  await time.advance(10_000);
  await assert.rejects(sendSingle(camera, "10.0.0.8:5000"), PublisherConflict);
  await time.advance(1);
  assert.equal(camera.inlet.publisher?.frames, undefined);
  await sendSingle(camera, "10.0.0.8:5000");
  assert.equal(camera.inlet.publisher?.address, "10.0.0.8:5000");
});

test("a single frame that comes when another has become live meanwhile is refused, and takes no place", async (t) => {
  const camera = openInlet(t);
  const single = connect(camera, "10.0.0.7:5000", { isStream: false });
  const stream = connect(camera, "10.0.0.8:5000");
  await stream.connection.push(PICTURE);
  await assert.rejects(single.connection.push(PICTURE), PublisherConflict);
  assert.deepEqual([stream.lost, camera.pictures.length], [[], 1]);
});

test("senders of single frames that call themselves something are told apart by that", async (t) => {
  const camera = openInlet(t);
  await sendSingle(camera, "10.0.0.1:5000", "red");
  await sendSingle(camera, "10.0.0.2:5000", "red");
  await assert.rejects(sendSingle(camera, "10.0.0.1:5000", "blue"), PublisherConflict);
  await assert.rejects(sendSingle(camera, "10.0.0.1:5000"), PublisherConflict);
});

test("a stream of one frame counts as a single frame: its publisher may come back", async (t) => {
  const camera = openInlet(t);
  const { connection } = connect(camera, "10.0.0.7:5000");
  await connection.push(PICTURE);
  connection.end("done");
  assert.throws(() => connect(camera, "10.0.0.8:5000"), PublisherConflict);
  connect(camera, "10.0.0.7:5001").connection.end();
  const other = connect(camera, "10.0.0.8:5000");
  await other.connection.push(PICTURE);
  other.connection.end();
  assert.equal(camera.inlet.publisher, null);
});

test("a publisher without a whole frame for the stall time is lost; one that is slow and sends is not", async (t) => {
  const time = virtualTime(t);
  const camera = openInlet(t);
  const slow = connect(camera, "10.0.0.7:5000");
  slow.bytes += 64 * 1024 - 1;
  await time.advance(9999);
  assert.equal(slow.lost.length, 0);
  await time.advance(1);
  const [timeout] = slow.lost;
  assert.ok(timeout instanceof PublisherTimeout);
  assert.equal(timeout.message, "No whole frame came for 10 s.");
  assert.equal(camera.inlet.publisher, null);
  const large = connect(camera, "10.0.0.7:5000");
  for (let stalls = 0; stalls < 6; stalls++) {
    large.bytes += 64 * 1024;
    await time.advance(10_000);
  }
  assert.deepEqual(large.lost, []);
  // A frame that is nearly too late counts from when it came.
  await time.advance(9999);
  await large.connection.push(PICTURE);
  await time.advance(9999);
  assert.deepEqual(large.lost, []);
  await time.advance(1);
  assert.equal(large.lost.length, 1, "it is lost too once it stops");
});

test("what is waited for is said once for senders that never gave a frame, and each time one that did has gone", async (t) => {
  const time = virtualTime(t);
  const camera = openInlet(t);
  for (let round = 0; round < 3; round++) {
    const { lost } = connect(camera, `10.0.0.7:${5000 + round}`);
    await time.advance(10_000);
    assert.equal(lost.length, 1);
    connect(camera, `10.0.0.7:${6000 + round}`).connection.end();
  }
  assert.deepEqual(camera.said, ["No publisher has sent a frame yet", "The publisher sent no whole frame for 10 s"]);
  for (let round = 0; round < 2; round++) {
    const { connection } = connect(camera, "[fe80::1]:5000");
    await connection.push(PICTURE);
    await connection.push(PICTURE);
    connection.end();
  }
  assert.deepEqual(camera.said.slice(2), Array(2).fill("The publisher has gone"));
});

test("at most four single frames are accepted at a time, and one stream as well", async (t) => {
  const camera = openInlet(t);
  const singles = [1, 2, 3, 4].map((port) => connect(camera, `10.0.0.7:${port}`, { isStream: false }));
  assert.throws(() => connect(camera, "10.0.0.7:5", { isStream: false }), {
    name: "PublisherSlotBusy",
    message: "4 single frames are in transit. Send the next when one has arrived.",
  });
  singles[0]?.connection.end();
  connect(camera, "10.0.0.7:5", { isStream: false });
  connect(camera, "10.0.0.7:6");
});

test("without a driver that reads, frames are taken and forgotten", async () => {
  const inlet = new PublisherSlot({ stallMs: 10_000 });
  const { connection } = connect({ inlet }, "10.0.0.7:5000");
  for (let count = 0; count < 3; count++) await connection.push(PICTURE);
  assert.equal(inlet.publisher?.frames, 3);
  connection.end();
});

test("a closed publisher slot ends its publishers and accepts no more", async (t) => {
  const camera = openInlet(t);
  const stream = connect(camera, "10.0.0.7:5000");
  camera.inlet.close();
  assert.ok(stream.lost[0] instanceof PublisherSlotBusy);
  assert.throws(() => connect(camera, "10.0.0.7:5000"), {
    name: "PublisherSlotBusy",
    message: "The server is stopping.",
  });
});
