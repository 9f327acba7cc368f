import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkEstimator } from "../../src/abr/link-estimator.ts";
import { ThinLink } from "../support/sockets/thin-link.ts";

interface Sending {
  readonly link: ThinLink;
  readonly estimator: LinkEstimator;
  readonly bytes: number;
  readonly everyMs: number;
}

/**
 * Sends in bursts for a while, sampling every 8 ms. Sends nothing while half of the last burst
 * waits.
 */
function run({ link, estimator, bytes, everyMs }: Sending, from: number, to: number): void {
  for (let now = from; now < to; now += 4) {
    link.runTo(now);
    if (now % 8 === 0) estimator.sample(now, { queued: 0, inFlight: link.unacknowledged, rttMs: 0 });
    if (now % everyMs !== 0 || link.unacknowledged > bytes / 2) continue;
    estimator.send(now, bytes);
    link.send(bytes);
    estimator.sample(now, { queued: 0, inFlight: link.unacknowledged, rttMs: 0 });
  }
}

function assertNear(actual: number, expected: number, share: number): void {
  assert.ok(Math.abs(actual - expected) <= share * expected, `${actual}, expected about ${expected}`);
}

test("before anything was sent, and while nothing ever waits, a link is faster than can be told", () => {
  const estimator = new LinkEstimator();
  assert.equal(estimator.rate, Number.POSITIVE_INFINITY);
  for (let now = 0; now < 1000; now += 33) {
    estimator.send(now, 1000);
    estimator.sample(now + 20, { queued: 0, inFlight: 0, rttMs: 0 });
  }
  assert.equal(estimator.rate, Number.POSITIVE_INFINITY);
  assert.equal(estimator.waitingAt(1000), 0);
});

for (const rate of [20_000, 100_000, 300_000, 1_000_000]) {
  test(`a link of ${rate} bytes a second that is full is measured as that`, () => {
    const estimator = new LinkEstimator();
    run({ link: new ThinLink(rate), estimator, bytes: 60_000, everyMs: 32 }, 0, 6000);
    assertNear(estimator.rate, rate, 0.1);
  });

  // Pictures of 60 ms on it are but a segment: that may wait for anything.
  if (rate < 50_000) continue;
  test(`and by what waits for a moment now and then, too: ${rate}`, () => {
    const estimator = new LinkEstimator();
    // Each takes 60 ms.
    run({ link: new ThinLink(rate), estimator, bytes: rate * 0.06, everyMs: 120 }, 0, 5000);
    assertNear(estimator.rate, rate, 0.25);
  });
}

test("a link that gets better is known for it within two seconds, and one that gets worse within one", () => {
  const [estimator, link] = [new LinkEstimator(), new ThinLink(200_000)];
  const sending = { link, estimator, bytes: 20_000, everyMs: 32 };
  run(sending, 0, 4000);
  assertNear(estimator.rate, 200_000, 0.15);
  link.rate = 2_000_000;
  run(sending, 4000, 6000);
  assert.ok(estimator.rate > 1_000_000, `${estimator.rate}`);
  link.rate = 100_000;
  run(sending, 6000, 7000);
  assert.ok(estimator.rate < 300_000, `${estimator.rate}`);
  run(sending, 7000, 9000);
  assertNear(estimator.rate, 100_000, 0.2);
});

test("what is on a long way does not wait: a link is not slow for being far", () => {
  const [estimator, link] = [new LinkEstimator(), new ThinLink(5_000_000, 200)];
  for (let now = 0; now < 4000; now += 4) {
    link.runTo(now);
    if (now % 32 === 0) {
      estimator.send(now, 20_000);
      link.send(20_000);
    }
    estimator.sample(now, { queued: 0, inFlight: link.unacknowledged, rttMs: 200 });
  }
  assert.ok(link.unacknowledged > 100_000);
  assert.ok(estimator.rate > 1_500_000, `${estimator.rate}`);
  assert.ok(estimator.waitingAt(4000) < 40_000, `${estimator.waitingAt(4000)}`);
});

test("what a reader's system acknowledges before it is read is believed only until the link is full", () => {
  const estimator = new LinkEstimator();
  // A buffer of 100 KB is filled at once; behind it 200 KB are read a second.
  let [buffer, queue] = [0, 0];
  const step = (now: number) => {
    buffer = Math.max(0, buffer - 200 * 4);
    const moved = Math.min(queue, 100_000 - buffer);
    buffer += moved;
    queue -= moved;
    if (now % 32 === 0 && queue < 10_000) {
      queue += 20_000;
      estimator.send(now, 20_000);
    }
    estimator.sample(now, { queued: 0, inFlight: queue, rttMs: 0, window: 100_000 - buffer });
  };
  for (let now = 0; now < 3000; now += 4) step(now);
  assertNear(estimator.rate, 200_000, 0.15);
  assert.ok(estimator.waitingAt(3000) > 0.5 * (buffer + queue), "and most of what waits in it is known");
});

test("the last segment may wait for an acknowledgement that is delayed", () => {
  const estimator = new LinkEstimator();
  for (let now = 0; now < 2000; now += 40) {
    estimator.send(now, 50_000);
    estimator.sample(now, { queued: 0, inFlight: 1400, rttMs: 0, segment: 1460 });
    estimator.sample(now + 39, { queued: 0, inFlight: 1400, rttMs: 0, segment: 1460 });
  }
  assert.equal(estimator.rate, Number.POSITIVE_INFINITY);
});

test("what was acknowledged and turns out not to have been read counts once it is", () => {
  const estimator = new LinkEstimator();
  const look = (now: number, window: number) => estimator.sample(now, { queued: 0, inFlight: 0, rttMs: 0, window });
  for (let now = 0; now < 1000; now += 33) {
    estimator.send(now, 3000);
    look(now, 128_000);
  }
  // The reader reads the remaining 33 KB within half a second; until then its window stays small.
  for (let now = 1000; now < 1500; now += 8) look(now, 95_000 + (now % 16));
  look(1500, 128_000);
  // Some more, as work that was done earlier counts less.
  assert.ok(estimator.rate > 50_000 && estimator.rate < 130_000, `${estimator.rate}`);
});

test("a reader that seems to have stopped is asked again before long, and never taken for one that gives back", () => {
  const estimator = new LinkEstimator();
  let window = 128_000;
  const look = (now: number) => {
    estimator.sample(now, { queued: 0, inFlight: 0, rttMs: 0, window });
    assert.ok(estimator.rate >= 0, `${estimator.rate} at ${now}`);
  };
  const send = (now: number, told: number) => {
    estimator.send(now, 3000);
    window = told;
    look(now + 1);
  };
  for (let now = 0; now < 1000; now += 33) send(now, 128_000);
  // It turns out to have read less and less.
  for (let step = 0; step < 5; step++) send(1000 + step * 60, 112_000 - step * 3000);
  for (let now = 1241; now < 1400; now += 8) look(now);
  assert.ok(estimator.waitingAt(1400) > 10_000, `${estimator.waitingAt(1400)}`);
  for (let now = 1400; now < 1700; now += 8) look(now);
  assert.equal(estimator.waitingAt(1700), 0);
});
