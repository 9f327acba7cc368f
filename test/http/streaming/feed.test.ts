import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { BOUNDARY } from "../../../src/core/boundary.ts";
import { Broadcast } from "../../../src/core/broadcast.ts";
import type { Frame, FrameBroadcast } from "../../../src/core/frame.ts";
import { Feed, Feeds, type PartReceiver } from "../../../src/http/streaming/feed.ts";
import type { Part } from "../../../src/http/streaming/multipart.ts";
import { type Placeholder, Placeholders } from "../../../src/transform/placeholders.ts";
import { pause } from "../../../src/util/abort.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { handSource } from "../../support/cameras/hand-source.ts";
import { deferred, until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";

const never = new AbortController().signal;

/** Takes parts, and keeps them. */
function partViewer({ takesPlaceholder = false } = {}) {
  const parts: Part[] = [];
  const ends: unknown[] = [];
  const viewer: PartReceiver = {
    network: "10.0.0.1",
    put: (part) => void parts.push(part),
    close: (failure) => void ends.push(failure?.error),
    takesPlaceholder: () => takesPlaceholder,
  };
  return { viewer, parts, ends, seqs: () => parts.map(({ frame }) => frame?.seq) };
}

/** A feed over a source that is shown by hand; its camera is live once `goLive` resolves. */
function handFeed(
  t: TestContext,
  { repeatMs = 10_000, draw }: { repeatMs?: number; draw?: () => Promise<Buffer> } = {},
) {
  const { camera, ...hand } = handCamera(t);
  const source = handSource();
  const placeholders = new Placeholders({ draw: draw ?? (async () => tinyJpeg({ label: "placeholder" })) });
  const feed = new Feed({ camera, source, lastFrame: async () => null }, placeholders, repeatMs);
  const goLive = async () => {
    const stop = new AbortController();
    t.after(() => stop.abort());
    camera.subscribe(stop.signal);
    await hand.show(tinyJpeg());
  };
  return { camera, source, feed, goLive };
}

/** Shows a source to a viewer until the test ends. */
function attach(t: TestContext, feed: Feed, viewer: PartReceiver): void {
  feed.attach(viewer);
  t.after(() => feed.detach(viewer));
}

test("an encoded frame that holds the boundary is not laid out", async (t) => {
  const { source, feed } = handFeed(t);
  const { viewer, seqs } = partViewer();
  attach(t, feed, viewer);
  for (const label of [`\r\n--${BOUNDARY}`, "good"]) await source.show(tinyJpeg({ label }));
  await until("the good one has come", () => seqs().includes(1));
  assert.deepEqual(seqs(), [1]);
});

test("a source has one feed, and each viewer gets the same part", async (t) => {
  const { camera } = handCamera(t);
  const source = handSource();
  const feeds = new Feeds(new Placeholders());
  const rendition = { camera, source, lastFrame: async () => null };
  const feed = feeds.of(rendition);
  assert.equal(feeds.of({ ...rendition }), feed);
  assert.notEqual(feeds.of({ ...rendition, source: camera }), feed);
  const [one, other] = [partViewer(), partViewer()];
  attach(t, feed, one.viewer);
  attach(t, feed, other.viewer);
  await source.show(tinyJpeg());
  await until("both have it", () => one.parts.length === 1 && other.parts.length === 1);
  assert.equal(one.parts[0], other.parts[0]);
  const late = partViewer();
  attach(t, feed, late.viewer);
  assert.deepEqual(late.parts, one.parts, "a late viewer gets the newest at once");
});

test("the last frame is sent again while nothing new comes, and no longer", async (t) => {
  const { source, feed, goLive } = handFeed(t, { repeatMs: 20 });
  await goLive();
  const { viewer, parts, seqs } = partViewer();
  attach(t, feed, viewer);
  await source.show(tinyJpeg());
  await until("it was repeated", () => parts.length >= 3);
  assert.equal(new Set(parts).size, 1, "the same part");
  await source.show(tinyJpeg());
  await until("the next was repeated", () => seqs().filter((seq) => seq === 1).length >= 2);
  assert.deepEqual(seqs(), seqs().toSorted(), "nothing old after something new");
});

test("before the first frame nothing is sent to a viewer that takes no placeholder", async (t) => {
  const { source, feed } = handFeed(t, { repeatMs: 5 });
  const { viewer, seqs } = partViewer();
  attach(t, feed, viewer);
  await pause(30, never);
  assert.deepEqual(seqs(), []);
  await source.show(tinyJpeg());
  await until("it has come", () => seqs()[0] === 0);
});

test("a placeholder that takes long to draw holds nothing up, and does not come after a new frame", async (t) => {
  const slow = deferred<Buffer>();
  let drawn = 0;
  const draw = () => {
    drawn++;
    return slow.promise;
  };
  const { source, feed, goLive } = handFeed(t, { repeatMs: 5, draw });
  const { viewer, parts, seqs } = partViewer({ takesPlaceholder: true });
  attach(t, feed, viewer);
  await until("it is asked for", () => drawn === 1);
  await goLive();
  await source.show(tinyJpeg());
  await until("the frame has come", () => parts.length > 0);
  slow.resolve(tinyJpeg({ label: "late" }));
  await until("the frame was repeated", () => parts.length >= 3);
  assert.deepEqual(new Set(seqs()), new Set([0]));
});

test("a frame that was drawn on while its camera is offline comes as the camera's placeholder", async (t) => {
  const { source, feed } = handFeed(t);
  const { viewer, parts } = partViewer({ takesPlaceholder: true });
  attach(t, feed, viewer);
  await source.show(tinyJpeg());
  const [first] = await until("something has come", () => (parts.length > 0 ? parts : undefined));
  const placeholder: Placeholder | undefined = first?.placeholder;
  assert.notEqual(placeholder, undefined);
});

test("a source quicker than the interval is passed on as it is", async (t) => {
  const { source, feed, goLive } = handFeed(t, { repeatMs: 1000 });
  await goLive();
  const { viewer, seqs } = partViewer();
  attach(t, feed, viewer);
  for (let count = 0; count < 20; count++) await source.show(tinyJpeg());
  await until("all have come", () => seqs().at(-1) === 19);
  assert.deepEqual(seqs(), [...Array(20).keys()]);
});

test("of frames that come in one turn of the event loop, the first and then the newest are sent", async (t) => {
  const { camera } = handCamera(t);
  let put: ((frame: Frame) => void) | undefined;
  const source: FrameBroadcast = {
    subscribe: () => assert.fail("a feed is pushed to"),
    attach: (receiver) => {
      put = (frame) => receiver.put(frame);
    },
    detach: () => {},
  };
  const feed = new Feed({ camera, source, lastFrame: async () => null }, new Placeholders(), 10_000);
  const { viewer, seqs } = partViewer();
  attach(t, feed, viewer);
  // The camera is idle: what comes first is shown by the stopgap.
  put?.({ jpeg: tinyJpeg(), seq: 0, capturedAt: 0, at: 0 });
  await until("the first has come", () => seqs().length === 1);
  for (let seq = 1; seq <= 5; seq++) put?.({ jpeg: tinyJpeg(), seq, capturedAt: 0, at: 0 });
  assert.deepEqual(seqs(), [0, 1]);
  await until("the newest has come", () => seqs().length === 3);
  assert.deepEqual(seqs(), [0, 1, 5]);
});

test("a failure of the source reaches the viewers, also after repeats", async (t) => {
  const { camera } = handCamera(t);
  const source = new Broadcast<Frame>(
    async function* () {
      yield { jpeg: tinyJpeg(), seq: 0, capturedAt: 0, at: 0 };
      await pause(40, never);
      throw new Error("gone");
    },
    { lingerMs: 0 },
  );
  const feed = new Feed({ camera, source, lastFrame: async () => null }, new Placeholders(), 10);
  const { viewer, parts, ends } = partViewer();
  attach(t, feed, viewer);
  await until("it has ended", () => ends.length === 1);
  assert.match(String(ends[0]), /gone/);
  assert.ok(parts.length >= 2, `${parts.length} parts`);
});

test("a fault of one viewer ends the feed's viewers, and none of the source's other subscribers", async (t) => {
  const { source, feed, goLive } = handFeed(t);
  await goLive();
  const { viewer, ends } = partViewer();
  attach(t, feed, viewer);
  const faulty = { ...partViewer().viewer, put: () => assert.fail("a fault") };
  attach(t, feed, faulty);
  const frames = source.subscribe(never)[Symbol.asyncIterator]();
  await source.show(tinyJpeg());
  assert.equal((await frames.next()).value.seq, 0);
  assert.match(String(ends[0]), /a fault/);
  await source.show(tinyJpeg());
  assert.equal((await frames.next()).value.seq, 1);
  await frames.return?.();
});

test("a feed without viewers leaves its source at once", async (t) => {
  const { source, feed } = handFeed(t, { repeatMs: 60_000 });
  const { viewer } = partViewer();
  feed.attach(viewer);
  await until("the source is open", () => source.open);
  feed.detach(viewer);
  await until("the source is released", () => !source.open);
});
