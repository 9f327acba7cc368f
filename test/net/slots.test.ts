import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "../../src/net/slots.ts";

/** Takes a place that must be there; `log` has the names of those who gave theirs up. */
function taker(places: Slots, log: string[] = []) {
  return (address: string, name = address) => {
    const taken = places.take(address, () => log.push(name));
    return typeof taken === "string" ? assert.fail(`${address}: ${taken}`) : taken;
  };
}

test("no address has all slots, and freeing a slot twice counts once", () => {
  const places = new Slots({ max: 3, perAddress: 2 });
  const take = taker(places);
  const first = take("10.0.0.1:1000");
  take("10.0.0.1:1001");
  assert.equal(
    places.take("10.0.0.1:1002", () => {}),
    "address",
  );
  take("[2001:db8::1]:7");
  assert.equal(places.taken, 3);
  first();
  first();
  assert.equal(places.taken, 2);
  take("10.0.0.1:1003");
  assert.equal(places.taken, 3);
});

test("when all are taken, the address with the most gives its newest up to one that has fewer even with it", () => {
  const ended: string[] = [];
  const given: string[] = [];
  const places = new Slots({ max: 6, perAddress: 3, onEvicted: (address) => given.push(address) });
  const take = taker(places, ended);
  for (const host of ["10.0.0.1", "10.0.0.2"]) for (const port of [1, 2, 3]) take(`${host}:${port}`);
  take("10.0.0.3:1");
  assert.deepEqual(ended, ["10.0.0.1:3"]);
  take("10.0.0.3:2");
  assert.deepEqual(ended, ["10.0.0.1:3", "10.0.0.2:3"]);
  assert.deepEqual(given, ended);
  assert.equal(places.taken, 6);
  // Now each has two: among equals nothing is taken, and nothing comes back.
  for (const host of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
    assert.equal(
      places.take(`${host}:9`, () => {}),
      "all",
    );
  }
  take("10.0.0.4:1");
  assert.deepEqual(ended.slice(2), ["10.0.0.1:2"]);
  assert.equal(
    places.take("10.0.0.4:2", () => {}),
    "all",
  );
  assert.equal(places.taken, 6);
});

test("addresses that have one place each give none up", () => {
  const places = new Slots({ max: 3, perAddress: 3 });
  const ended: string[] = [];
  const take = taker(places, ended);
  for (const host of [1, 2, 3]) take(`10.0.0.${host}`);
  assert.equal(
    places.take("10.0.0.9", () => {}),
    "all",
  );
  assert.deepEqual(ended, []);
});

test("a place that was given up is freed once, and a /64 of IPv6 is one address", () => {
  const places = new Slots({ max: 2, perAddress: 2 });
  const ended: string[] = [];
  const take = taker(places, ended);
  take("[2001:db8::1]:1");
  const leave = take("[2001:db8::2]:1");
  take("10.0.0.1");
  assert.deepEqual(ended, ["[2001:db8::2]:1"]);
  leave();
  assert.equal(places.taken, 2);
});

test("where this machine itself may have all, it gives them up as others do", () => {
  const places = new Slots({ max: 10, perAddress: 5, isThisMachineExempt: true });
  const ended: string[] = [];
  const take = taker(places, ended);
  for (let port = 0; port < 10; port++) take(`127.0.0.1:${port}`);
  take("192.168.0.7");
  assert.deepEqual(ended, ["127.0.0.1:9"]);
});
