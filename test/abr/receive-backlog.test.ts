import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceiveBacklog } from "../../src/abr/receive-backlog.ts";

const ROOM = 200_000;

test("a reader that reads all has nothing unread, whatever came just now", () => {
  const unread = new ReceiveBacklog();
  for (let step = 0; step < 50; step++) {
    const look = unread.sample(step * 33, { bytes: ROOM - 20_000, acknowledged: step * 20_000 }, 20_000, 1e6);
    assert.equal(look.bytes, 0);
  }
});

test("the bytes that close the window are the backlog, except those sent just now", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: ROOM, acknowledged: 0 }, 0, 1e6);
  const { bytes, isNews } = unread.sample(50, { bytes: ROOM - 120_000, acknowledged: 120_000 }, 20_000, 1e6);
  assert.ok(isNews);
  assert.equal(bytes, 100_000);
});

test("between two acknowledgements the reader goes on as before, at the link's rate at most", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: ROOM, acknowledged: 0 }, 0, 1e6);
  const window = { bytes: 50_000, acknowledged: 150_000 };
  unread.sample(50, window, 0, 1e6);
  const { bytes, told, isNews } = unread.sample(150, window, 0, 400_000);
  assert.ok(!isNews);
  assert.deepEqual([bytes, told], [110_000, 150_000]);
  // It has read 20 KB in 200 ms, and so 100 KB a second.
  unread.sample(250, { bytes: 50_000, acknowledged: 170_000 }, 0, 400_000);
  assert.equal(unread.sample(350, { bytes: 50_000, acknowledged: 170_000 }, 0, 400_000).bytes, 140_000);
});

test("a reader that seems to stop is taken to read 64 KiB a second, for a second after it has last read some", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: ROOM, acknowledged: 0 }, 0, 1e6);
  const told = (now: number, missing: number) =>
    unread.sample(now, { bytes: ROOM - missing, acknowledged: 100_000 + now }, 0, 0).bytes;
  const after100Ms = (now: number, missing: number) =>
    told(now, missing) - unread.sample(now + 100, { bytes: ROOM - missing, acknowledged: 100_000 + now }, 0, 0).bytes;
  assert.ok(Math.abs(after100Ms(50, 60_000) - 6554) < 1);
  assert.ok(Math.abs(after100Ms(900, 60_000) - 6554) < 1);
  assert.equal(after100Ms(1100, 60_000), 0);
  assert.ok(Math.abs(after100Ms(1300, 50_000) - 6554) < 1);
});

test("what is too little to be sure of is told apart", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: ROOM, acknowledged: 0 }, 0, 1e6);
  const look = unread.sample(50, { bytes: ROOM - 9000, acknowledged: 10_000 }, 1000, 1e6);
  assert.deepEqual(look, { bytes: 0, told: 8000, isNews: true });
});

test("a window that is a little smaller than it was has not closed", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: 107_000, acknowledged: 0 }, 0, 1e6);
  assert.equal(unread.sample(33, { bytes: 95_000, acknowledged: 3000 }, 0, 1e6).bytes, 0);
});

test("a window that has become smaller for good is known for it after a pause", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: ROOM, acknowledged: 0 }, 0, 1e6);
  assert.ok(unread.sample(33, { bytes: 90_000, acknowledged: 3000 }, 3000, 1e6).bytes > 0);
  assert.equal(unread.sample(2000, { bytes: 90_000, acknowledged: 6000 }, 3000, 1e6).bytes, 0);
});

test("two looks at one moment see the same", () => {
  const unread = new ReceiveBacklog();
  unread.sample(0, { bytes: ROOM, acknowledged: 0 }, 0, Number.POSITIVE_INFINITY);
  const window = { bytes: ROOM - 60_000, acknowledged: 60_000 };
  const looks = [1, 2].map(() => unread.sample(50, window, 0, Number.POSITIVE_INFINITY).bytes);
  assert.deepEqual(looks, [60_000, 60_000]);
});
