import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import type { Connection } from "../../../src/http/limits/connections.ts";
import { Overload } from "../../../src/http/limits/overload.ts";
import { RequestRates, type RequestRatesOptions } from "../../../src/http/limits/request-rates.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const HERE = { address: "10.0.0.5", network: "10.0.0.5", isProxy: false } as Connection;
const PROXY = { address: "10.0.0.1", network: "10.0.0.1", isProxy: true } as Connection;

function ratesOf(options: Partial<RequestRatesOptions> = {}) {
  const reached: string[] = [];
  const onLimitReached = (limit: string, address: string) => void reached.push(`${limit} ${address}`);
  const rates = new RequestRates({ perSecond: 2.5, hasTime: () => true, onLimitReached, ...options });
  /** Returns how many of 100 requests are admitted. */
  const admitted = (url: string, connection = HERE, headers: Record<string, string> = {}) => {
    const request = { url, headers } as unknown as IncomingMessage;
    return Array.from({ length: 100 }, () => rates.limitFor(request, connection)).filter((one) => one === undefined)
      .length;
  };
  return { reached, admitted };
}

test("an address gets a second's requests at once for snapshots and frames, and three seconds' for others", async (t) => {
  const time = virtualTime(t);
  const { admitted, reached } = ratesOf();
  const all = () => ["/snapshot.jpg", "/stream", "/cameras/door/frames", "/"].map((url) => admitted(url));
  assert.deepEqual(all(), [3, 8, 3, 8]);
  assert.deepEqual(all(), [0, 0, 0, 0]);
  await time.advance(1000);
  assert.deepEqual(all(), [2, 2, 2, 2]);
  assert.equal(reached.length, 1200 - 22 - 8);
  assert.deepEqual([...new Set(reached)], ["requests 10.0.0.5"]);
  assert.equal(admitted("/", { ...HERE, address: "10.0.0.6", network: "10.0.0.6" } as Connection), 8);
});

test("without a limit all requests are admitted", () => {
  const { admitted, reached } = ratesOf({ perSecond: 0 });
  assert.equal(admitted("/snapshot.jpg"), 100);
  assert.deepEqual(reached, []);
});

test("behind a trusted proxy the limit is of the client that it reports", (t) => {
  virtualTime(t);
  const { admitted, reached } = ratesOf({ trust: (address) => address === PROXY.address });
  const from = (address: string) => admitted("/snapshot.jpg", PROXY, { "x-forwarded-for": address });
  assert.deepEqual([from("10.0.0.7"), from("10.0.0.8"), from("10.0.0.7")], [3, 3, 0]);
  assert.deepEqual([...new Set(reached)], ["requests 10.0.0.7", "requests 10.0.0.8"]);
  // What a client itself says of others does not count.
  assert.equal(admitted("/snapshot.jpg", HERE, { "x-forwarded-for": "10.0.0.7" }), 3);
});

test("without time only streams and frames are admitted, and the limit of an address comes first", (t) => {
  virtualTime(t);
  const { admitted, reached } = ratesOf({ hasTime: () => false });
  assert.deepEqual(
    ["/snapshot.jpg", "/", "/stream", "/cameras/door/frames"].map((url) => admitted(url)),
    [0, 0, 8, 3],
  );
  assert.deepEqual([...new Set(reached)], ["load 10.0.0.5", "requests 10.0.0.5"]);
});

test("a busy process admits less at each look, down to what is always admitted, and then more again", () => {
  let now = 0;
  let share = 0;
  const overload = new Overload({ minPerSecond: 100, minBurst: 50, busyShare: () => share, now: () => now });
  /** Returns how many of 1000 requests are admitted right now. */
  const admitted = () => Array.from({ length: 1000 }, () => overload.take()).filter(Boolean).length;
  assert.equal(admitted(), 1000);
  now = 99;
  share = 1;
  assert.equal(admitted(), 1000);
  now = 100;
  // 2000 in 100 ms, and 60 % of that rate: a tenth of a second's at once.
  assert.equal(admitted(), 1000);
  now = 1000;
  assert.equal(admitted(), 66);
  for (let look = 0; look < 20; look++) {
    now += 100;
    admitted();
  }
  now += 10_000;
  assert.equal(admitted(), 50);
  // At the border there is time, for a tenth more.
  share = 0.75;
  now += 100;
  assert.equal(admitted(), 11);
  now += 10_000;
  assert.equal(admitted(), 1000);
});
