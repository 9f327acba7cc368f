import assert from "node:assert/strict";
import { test } from "node:test";
import { ForwardClock } from "../../src/auth/forward-clock.ts";
import { readGrant, readSession, signGrant, signSession } from "../../src/auth/tokens.ts";

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 10, 29, 12);
const KEY = Buffer.alloc(32, 7);

function clockAt(wall: number) {
  const times = { wall, steady: 1000 };
  const clock = new ForwardClock({ wall: () => times.wall, steady: () => times.steady });
  const pass = (ms: number) => {
    times.wall += ms;
    times.steady += ms;
  };
  return { times, clock, pass };
}

test("when the clock is set back, time goes on from the latest seen", () => {
  const { times, clock, pass } = clockAt(NOON);
  pass(2 * HOUR_MS);
  times.wall -= HOUR_MS;
  assert.equal(clock.now(), NOON + 2 * HOUR_MS);
  pass(HOUR_MS);
  assert.equal(clock.now(), NOON + 3 * HOUR_MS);
  times.wall += 2 * HOUR_MS;
  assert.equal(clock.now(), NOON + 4 * HOUR_MS);
});

test("a clock that began in 1970 is followed when it is set", () => {
  const { times, clock } = clockAt(5000);
  assert.equal(clock.now(), 5000);
  times.wall = NOON;
  assert.equal(clock.now(), NOON);
  times.wall = 6000;
  assert.equal(clock.now(), NOON);
});

test("a token that is over stays over when the clock goes back", async () => {
  const { times, clock, pass } = clockAt(NOON);
  const token = await signGrant(KEY, { cameras: ["door"], can: ["view"], expiresAt: NOON / 1000 + 60 });
  assert.ok(await readGrant(KEY, token, clock.now()));
  pass(61_000);
  assert.equal(await readGrant(KEY, token, clock.now()), undefined);
  times.wall -= HOUR_MS;
  assert.equal(await readGrant(KEY, token, clock.now()), undefined);
});

test("a session of a clock that was far ahead opens nothing once the clock is right", async () => {
  const nextDay = Date.UTC(2036, 0, 1) / 1000;
  const ahead = await signSession(KEY, { user: "owner", expiresAt: nextDay }, "secret");
  const read = (token: string, nowMs: number) => readSession(KEY, token, () => "secret", nowMs);
  assert.ok(await read(ahead, (nextDay - 3600) * 1000));
  assert.equal(await read(ahead, NOON), undefined);
});
