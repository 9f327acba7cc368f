import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AbrController } from "../../src/abr/abr-controller.ts";
import { RUNG_COUNT } from "../../src/transform/rungs.ts";
import { SlowReader } from "../support/sockets/slow-reader.ts";
import { ThinLink } from "../support/sockets/thin-link.ts";

/** Bytes of a picture on each rung, of a noisy camera: quality 40 takes the noise out. */
const NOISY = [80_000, 72_000, 18_000, 11_200, 5000, 3100];
/** And of a drawing. */
const CLEAR = [100_000, 47_000, 39_000, 25_000, 14_000, 8000];

interface Setting {
  /** What the link carries at a moment in ms, in bytes a second. */
  readonly rate: (now: number) => number;
  readonly seconds: number;
  readonly fps?: number;
  readonly sizes?: readonly number[];
  readonly rttMs?: number;
  /** Receive buffer of a slow reader, in bytes. @default the network is slow, not the reader */
  readonly readerRoom?: number;
  readonly maxLatencyMs?: number;
}

interface Outcome {
  /** Pictures that came whole: when, how old, and from which rung. */
  readonly pictures: { readonly at: number; readonly ageMs: number; readonly rung: number }[];
  /** When another rung was chosen, and which. */
  readonly changes: { readonly at: number; readonly rung: number }[];
  readonly controller: AbrController;
}

/** An adaptive stream over a link that is thin at times, as the server runs it. */
function simulate({ rate, seconds, fps = 30, sizes = NOISY, rttMs = 0, readerRoom, maxLatencyMs }: Setting): Outcome {
  const bytesAt = (rung: number) => sizes[rung] as number;
  const controller = new AbrController({ bytesAt, sourceFps: () => fps, maxLatencyMs });
  const link = readerRoom === undefined ? new ThinLink(rate(0), rttMs) : new SlowReader(rate(0), readerRoom);
  const state = () => ({ queued: 0, inFlight: link.unacknowledged, window: link.window, rttMs, segment: 1460 });
  const inFlight: { end: number; bornAt: number; rung: number }[] = [];
  const outcome: Outcome = { pictures: [], changes: [], controller };
  let sent = 0;
  let held: { bornAt: number } | undefined;
  let nextAt = 0;
  let rung = 0;
  for (let now = 0; now < seconds * 1000; now += 4) {
    link.rate = rate(now);
    link.runTo(now);
    for (const { end, bornAt, rung } of inFlight.splice(0)) {
      if (end > sent - link.waiting) inFlight.push({ end, bornAt, rung });
      else outcome.pictures.push({ at: now, ageMs: now - bornAt + rttMs / 2, rung });
    }
    controller.sample(now, state());
    if (now >= nextAt) {
      nextAt += 1000 / fps;
      controller.offered(now);
      held = { bornAt: now };
    }
    if (held !== undefined && controller.isReady(now, bytesAt(rung))) {
      controller.sent(now, bytesAt(rung), now - held.bornAt);
      link.send(bytesAt(rung));
      sent += bytesAt(rung);
      inFlight.push({ end: sent, bornAt: held.bornAt, rung });
      controller.sample(now, state());
      held = undefined;
    }
    const decided = controller.decide(now);
    if (decided !== rung) outcome.changes.push({ at: now, rung: decided });
    rung = decided;
  }
  return outcome;
}

function between({ pictures }: Outcome, from: number, to: number) {
  const chosen = pictures.filter(({ at }) => at >= from * 1000 && at < to * 1000);
  const ages = chosen.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
  return { fps: chosen.length / (to - from), p95: ages[Math.floor(ages.length * 0.95)] ?? Number.POSITIVE_INFINITY };
}

function assertAtMostOneChangeASecond({ changes }: Outcome): void {
  for (const [index, { at }] of changes.entries()) {
    const before = changes[index - 1]?.at ?? Number.NEGATIVE_INFINITY;
    assert.ok(at - before >= 1000, `${before} and ${at}`);
  }
}

test("on a link that carries everything, a viewer never leaves the pictures it asked for", () => {
  for (const rttMs of [0, 30, 250]) {
    const outcome = simulate({ rate: () => 10_000_000, seconds: 30, rttMs });
    assert.deepEqual(outcome.changes, [], `at ${rttMs} ms`);
    assert.ok(between(outcome, 1, 30).fps > 29);
  }
});

for (const sizes of [NOISY, CLEAR]) {
  for (const rttMs of [0, 40, 150]) {
    const camera = `${sizes === NOISY ? "a noisy camera" : "a drawing"} ${rttMs} ms away`;
    test(`at 300 KB/s ${camera} reaches at least 12 fps, less than half a second old, within 5 s`, () => {
      const outcome = simulate({ rate: () => 300_000, seconds: 60, sizes, rttMs });
      const { fps, p95 } = between(outcome, 5, 60);
      assert.ok(fps >= 12, `${fps}`);
      assert.ok(p95 < 400, `${p95}`);
      assertAtMostOneChangeASecond(outcome);
      const late = outcome.changes.filter(({ at }) => at > 5000);
      assert.ok(late.length <= 2, `it settles: ${JSON.stringify(outcome.changes)}`);
    });
  }
}

for (const rate of [40_000, 100_000, 500_000, 1_000_000, 2_000_000]) {
  test(`at ${rate / 1000} KB/s pictures are less than half a second old, and it settles`, () => {
    for (const sizes of [NOISY, CLEAR]) {
      const outcome = simulate({ rate: () => rate, seconds: 60, sizes });
      assert.ok(between(outcome, 5, 60).p95 < 450, `${between(outcome, 5, 60).p95}`);
      assertAtMostOneChangeASecond(outcome);
      const late = outcome.changes.filter(({ at }) => at > 6000);
      assert.ok(late.length <= 3, JSON.stringify(outcome.changes));
    }
  });
}

test("once the link recovers, the pictures it asked for are back within 10 s", () => {
  for (const rate of [20_000, 100_000, 300_000]) {
    const outcome = simulate({ rate: (now) => (now < 20_000 ? rate : 20_000_000), seconds: 40, sizes: CLEAR });
    const back = outcome.changes.find(({ rung }, index) => index > 0 && rung === 0);
    assert.ok(back !== undefined && back.at < 29_000, JSON.stringify(outcome.changes));
    assert.ok(between(outcome, 30, 40).fps > 29);
  }
});

test("a link that changes every ten seconds is followed each time, and each time back to what was asked for", () => {
  const rate = (now: number) => (Math.floor(now / 10_000) % 2 === 0 ? 20_000_000 : 200_000);
  const outcome = simulate({ rate, seconds: 120 });
  assertAtMostOneChangeASecond(outcome);
  for (let from = 0; from < 120; from += 20) {
    assert.ok(between(outcome, from + 8, from + 10).fps > 29, `good, from ${from} s on`);
    assert.ok(between(outcome, from + 12, from + 20).fps >= 12, `thin, from ${from} s on`);
    assert.ok(between(outcome, from + 12, from + 20).p95 < 500, `current, from ${from} s on`);
  }
});

for (const readerRoom of [64_000, 256_000]) {
  test(`a reader that slows down behind a buffer of ${readerRoom / 1000} KB sees little that is old, and nothing very old`, () => {
    const rate = (now: number) => (Math.floor(now / 10_000) % 2 === 0 ? 1_000_000 : 100_000);
    for (const sizes of [NOISY, CLEAR]) {
      const outcome = simulate({ rate, seconds: 80, sizes, readerRoom });
      assertAtMostOneChangeASecond(outcome);
      const { fps, p95 } = between(outcome, 5, 80);
      // What a large buffer has taken when its reader slows down cannot be taken back.
      assert.ok(p95 < (readerRoom > 100_000 ? 1000 : 500), `${p95} ms`);
      assert.ok(fps > 15, `${fps}`);
      const gaps = outcome.pictures.slice(1).map(({ at }, index) => at - (outcome.pictures[index]?.at ?? 0));
      assert.ok(Math.max(...gaps) < 2500, `${Math.max(...gaps)} ms without a picture`);
      const oldest = Math.max(...outcome.pictures.filter(({ at }) => at > 5000).map(({ ageMs }) => ageMs));
      assert.ok(oldest < 3000, `${oldest} ms`);
    }
  });
}

test("a link that passes a burst and then stalls is not probed forever", () => {
  // Bursts of 60 KB at once; 250 KB a second in all.
  const rate = (now: number) => (now % 240 < 4 ? 15_000_000 : 0);
  const outcome = simulate({ rate, seconds: 180 });
  assertAtMostOneChangeASecond(outcome);
  const late = outcome.changes.filter(({ at }) => at > 60_000);
  assert.ok(late.length <= 16, `${late.length} changes in two minutes`);
});

test("a slow camera's pictures stay as they were asked for as long as they pass in time", () => {
  const slow = { rate: () => 400_000, seconds: 30, fps: 2 };
  assert.deepEqual(simulate({ ...slow, maxLatencyMs: 1000 }).changes, []);
  // 80 KB take 200 ms, and no more than that of half a second; what has less time gets less.
  assert.deepEqual(simulate(slow).changes, []);
  assert.ok(simulate({ ...slow, maxLatencyMs: 200 }).controller.rung > 0);
});

test("motion comes before sharpness only as far as it is smooth", () => {
  // A fifth of it would carry 15 fps at quality 40.
  const { controller } = simulate({ rate: () => 700_000, seconds: 30, sizes: CLEAR });
  assert.equal(controller.rung, 2);
});

test("a rung that is refused is left alone for a while, and the one below is taken", () => {
  const bytesAt = (rung: number) => NOISY[rung] as number;
  const controller = new AbrController({ bytesAt, sourceFps: () => 30 });
  const link = new ThinLink(300_000);
  let chosen = 0;
  for (let now = 0; now < 3000 && chosen === 0; now += 4) {
    link.runTo(now);
    controller.sample(now, { queued: 0, inFlight: link.unacknowledged, rttMs: 0 });
    if (now % 32 === 0) {
      controller.offered(now);
      if (controller.isReady(now, bytesAt(0))) {
        controller.sent(now, bytesAt(0), 0);
        link.send(bytesAt(0));
      }
    }
    chosen = controller.decide(now);
    if (chosen !== 0) controller.refused(chosen, 0, now);
  }
  assert.ok(chosen > 0);
  assert.equal(controller.rung, 0);
});

test("whatever the link does, rungs are those there are, and change at most once a second", () => {
  const link = fc.array(fc.tuple(fc.integer({ min: 100, max: 8000 }), fc.integer({ min: 5000, max: 10_000_000 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(link, fc.constantFrom(1, 5, 15, 30, 60), fc.constantFrom(0, 20, 200), (stretches, fps, rttMs) => {
      const rate = (now: number) => {
        let left = now;
        const stretch = stretches.find(([ms]) => {
          left -= ms;
          return left < 0;
        });
        return stretch?.[1] ?? 500_000;
      };
      const outcome = simulate({ rate, seconds: 20, fps, rttMs });
      assertAtMostOneChangeASecond(outcome);
      for (const { rung } of outcome.changes) assert.ok(rung >= 0 && rung < RUNG_COUNT);
      const { rung, rate: known, lagMs } = outcome.controller.status(20_000);
      assert.ok(rung >= 0 && (known === null || known >= 0) && lagMs >= 0);
    }),
    { numRuns: 40 },
  );
});
