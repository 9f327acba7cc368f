import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusals } from "../../../src/http/limits/refusals.ts";
import { LimitError, takeSlot } from "../../../src/http/limits/take-slot.ts";
import { Slots } from "../../../src/net/slots.ts";
import { virtualTime } from "../../support/virtual-time.ts";

test("each refusal is counted by status and limit, and a limit is logged once a minute", async (t) => {
  const time = virtualTime(t);
  const logged: string[] = [];
  const refusals = new Refusals(({ address }, event) => logged.push(`${address} ${event}`));
  refusals.answered(429, "requests", "10.0.0.5");
  refusals.answered(429, "requests", "10.0.0.6");
  refusals.answered(503, "load");
  refusals.answered(404);
  refusals.reached("requests", "10.0.0.7");
  assert.deepEqual(
    [...refusals.byStatus],
    [
      [429, 2],
      [503, 1],
      [404, 1],
    ],
  );
  assert.deepEqual([refusals.count("requests"), refusals.count("load"), refusals.count("viewers")], [3, 1, 0]);
  const first = [
    "10.0.0.5 Request refused: too many from one IP address (--max-requests)",
    "unknown Request refused: the server is overloaded",
  ];
  assert.deepEqual(logged, first);
  await time.advance(60_001);
  refusals.reached("requests", "10.0.0.8");
  assert.equal(logged.length, 3);
  assert.match(logged[2] ?? "", /^10\.0\.0\.8 Request refused: too many from one IP address.*2/);
});

test("a client gets a slot, or a sentence with its limit and when to come again", () => {
  const slots = new Slots({ max: 3, perAddress: 2 });
  const take = (address: string, giveUp = () => {}) =>
    takeSlot(slots, address, { limit: "viewers", what: "viewers", giveUp });
  const free = take("10.0.0.1");
  take("10.0.0.1");
  const ofAddress = {
    name: "HttpError",
    status: 429,
    limit: "viewers-of-address",
    message: "Too many viewers from your address: it may have 2. Close some, or try again later.",
    headers: { "Retry-After": "10" },
  };
  assert.throws(() => take("10.0.0.1"), ofAddress);
  take("10.0.0.2");
  const evicted: string[] = [];
  free();
  const last = take("10.0.0.1", () => evicted.push("10.0.0.1"));
  const all = {
    status: 503,
    limit: "viewers",
    message: /^Too many viewers: all 3 slots are taken\. Try again later\.$/,
  };
  assert.throws(
    () => take("10.0.0.2"),
    (error) => error instanceof LimitError && error.status === all.status && all.message.test(error.message),
  );
  assert.deepEqual(evicted, []);
  take("10.0.0.3");
  assert.deepEqual(evicted, ["10.0.0.1"]);
  last();
  assert.equal(slots.taken, 3);
});
