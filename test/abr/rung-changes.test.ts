import assert from "node:assert/strict";
import { test } from "node:test";
import { AbrController, type AbrControllerOptions } from "../../src/abr/abr-controller.ts";
import { RUNG_COUNT } from "../../src/transform/rungs.ts";

/** A frame of each rung. */
const SIZES = [80_000, 40_000, 20_000, 10_000, 5000, 2500];

const FPS = 10;

/** A viewer whose link takes `rate` bytes a second of what is sent, and is always kept busy. */
class Viewer {
  rate: number;
  now = 0;
  readonly controller: AbrController;
  readonly changes: [at: number, rung: number][] = [];
  #inFlight = 0;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(rate: number, options: Partial<AbrControllerOptions> = {}) {
    this.rate = rate;
    this.controller = new AbrController({ bytesAt: (rung) => SIZES[rung] as number, sourceFps: () => FPS, ...options });
  }

  /** Runs for a while in steps of 10 ms; `sends` says whether frames are sent. */
  run(ms: number, sends = true): void {
    const { controller } = this;
    for (const end = this.now + ms; this.now < end; this.now += 10) {
      this.#inFlight = Math.max(0, this.#inFlight - this.rate / 100);
      controller.sample(this.now, { queued: 0, inFlight: this.#inFlight, rttMs: 0 });
      if (this.now % (1000 / FPS) === 0) controller.offered(this.now);
      const bytes = SIZES[controller.rung] as number;
      if (sends && this.now - this.#sentAt >= 1000 / FPS && controller.isReady(this.now, bytes)) {
        controller.sent(this.now, bytes, 0);
        this.#inFlight += bytes;
        this.#sentAt = this.now;
      }
      const before = controller.rung;
      const rung = controller.decide(this.now);
      if (rung !== before) this.changes.push([this.now, rung]);
    }
  }
}

test("before anything is sent, the rate is not known and no frame is old", () => {
  const { controller } = new Viewer(1);
  assert.deepEqual(controller.status(0), { rung: 0, rate: null, lagMs: 0 });
  assert.equal(controller.waitingAt(0), 0);
  assert.ok(controller.isReady(0, 0));
});

test("a link at the limit is measured, and what waits at its rate delays the next frame", () => {
  const viewer = new Viewer(300_000);
  viewer.run(900);
  const { rate } = viewer.controller.status(viewer.now);
  assert.ok(rate !== null && Math.abs(rate - 300_000) < 15_000, `${rate}`);
  const waiting = viewer.controller.waitingAt(viewer.now);
  assert.ok(waiting > 0);
  assert.ok(viewer.controller.isReady(viewer.now, 2 * waiting));
  assert.ok(!viewer.controller.isReady(viewer.now, 2 * waiting - 1));
});

test("a link too slow for the asked frames is left after 900 ms, straight for the rung that it carries", () => {
  const viewer = new Viewer(300_000);
  viewer.run(5000);
  const [[at, rung] = [0, 0], ...later] = viewer.changes;
  assert.equal(rung, 2);
  assert.ok(at >= 900 && at < 1700, `${at}`);
  assert.deepEqual(later, []);
});

test("other rungs are left after 400 ms, but no sooner than 1050 ms after the last change", () => {
  const viewer = new Viewer(300_000);
  viewer.run(6000);
  viewer.rate = 60_000;
  viewer.run(3000);
  const [, second = [0, 0]] = viewer.changes;
  assert.ok(second[0] >= 6400 && second[0] < 7200, `${second}`);
  for (const [index, [at]] of viewer.changes.entries()) {
    const before = viewer.changes[index - 1];
    if (before !== undefined) assert.ok(at - before[0] >= 1050);
  }
});

test("a link that carries nothing at all leads to the last rung, and no further", () => {
  const viewer = new Viewer(1000);
  viewer.run(10_000);
  assert.equal(viewer.controller.rung, RUNG_COUNT - 1);
  assert.ok(viewer.controller.status(viewer.now).lagMs > 300);
});

test("a link that got better is climbed one rung at a time, up to what was asked for", () => {
  const viewer = new Viewer(60_000);
  viewer.run(5000);
  const start = viewer.controller.rung;
  assert.ok(start >= 3);
  viewer.changes.length = 0;
  viewer.rate = 10_000_000;
  viewer.run(25_000);
  assert.deepEqual(
    viewer.changes.map(([, rung]) => rung),
    Array.from({ length: start }, (_, index) => start - 1 - index),
  );
  assert.equal(viewer.controller.status(viewer.now).rung, 0);
});

test("a rung without room is left for the fallback, and not tried for five seconds, in either direction", () => {
  const viewer = new Viewer(10_000_000);
  viewer.run(2000);
  viewer.controller.refused(0, 1, viewer.now);
  assert.equal(viewer.controller.rung, 1);
  viewer.run(4900);
  assert.equal(viewer.changes.length, 0);
  viewer.run(1500);
  assert.deepEqual(
    viewer.changes.map(([, rung]) => rung),
    [0],
  );
  const slow = new Viewer(300_000);
  slow.controller.refused(2, 0, 0);
  slow.run(3000);
  assert.deepEqual(
    slow.changes.map(([, rung]) => rung),
    [3],
  );
});
