import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkEstimator } from "../../../src/abr/link-estimator.ts";
import { InFlightLedger } from "../../../src/http/live/in-flight-ledger.ts";
import { type LinkSample, SubscriptionLink } from "../../../src/http/live/subscription-link.ts";

interface Running {
  /** What the link carries, in bytes a second. */
  readonly rate: number;
  /** How long the way there and back is, and how long it was measured to be, in milliseconds. */
  readonly rttMs: number;
  readonly measuredMs: number;
  /** Of each picture; there is one every 50 ms, and one goes out when the last has arrived. */
  readonly bytes: number;
}

/** What a estimator makes of a link after ten seconds. */
function measure({ rate, rttMs, measuredMs, bytes }: Running): number {
  const ledger = new InFlightLedger();
  const owner = {};
  const [link, estimator] = [new SubscriptionLink(owner, ledger, () => measuredMs), new LinkEstimator()];
  const tell = (samples: readonly LinkSample[]) => {
    for (const { at, state } of samples) estimator.sample(at, state);
  };
  let order = 0;
  let arrivesAt: number | undefined;
  for (let now = 0; now < 10_000; now += 1) {
    if (arrivesAt !== undefined && now >= arrivesAt) {
      tell(link.delivered(ledger.deliver(order), now));
      arrivesAt = undefined;
    }
    if (now % 50 !== 0) continue;
    tell(link.sample(now));
    if (arrivesAt !== undefined) continue;
    order = ledger.add(owner, { number: order + 1, at: now, bytes, ageMs: 0 });
    estimator.send(now, bytes);
    arrivesAt = now + rttMs + (bytes / rate) * 1000;
  }
  return estimator.rate;
}

for (const rate of [30_000, 90_000, 400_000]) {
  for (const bytes of [60_000, 15_000]) {
    test(`a link of ${rate} bytes a second is known for it by pictures of ${bytes} bytes that take longer than the way`, () => {
      const measured = measure({ rate, rttMs: 2, measuredMs: 3, bytes });
      assert.ok(Math.abs(measured - rate) < 0.1 * rate, `${measured}`);
    });
  }
}

test("a long way is no thin link", () => {
  const measured = measure({ rate: 2_000_000, rttMs: 200, measuredMs: 200, bytes: 60_000 });
  assert.ok(measured > 1_500_000, `${measured}`);
});

test("a way that was measured while the client was busy is corrected by pictures that took less", () => {
  const measured = measure({ rate: 90_000, rttMs: 2, measuredMs: 900, bytes: 4_500 });
  assert.ok(measured > 80_000, `${measured}`);
});

test("where everything arrives before the next is there, and no sooner than the way allows, a link is faster than can be told", () => {
  assert.equal(measure({ rate: 500_000_000, rttMs: 20, measuredMs: 20, bytes: 60_000 }), Number.POSITIVE_INFINITY);
});
