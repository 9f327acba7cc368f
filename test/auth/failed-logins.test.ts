import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedLogins } from "../../src/auth/failed-logins.ts";

test("the eleventh try within a minute waits for the first to be a minute old", () => {
  const failures = new FailedLogins();
  for (let count = 0; count < 10; count++) {
    assert.equal(failures.lockoutS("192.168.0.9", count * 1000), 0);
    failures.add("192.168.0.9", count * 1000);
  }
  assert.equal(failures.lockoutS("192.168.0.9", 10_000), 50);
  assert.equal(failures.lockoutS("192.168.0.10", 10_000), 0);
  assert.equal(failures.lockoutS("192.168.0.9", 59_999), 1);
  assert.equal(failures.lockoutS("192.168.0.9", 60_000), 0);
  failures.add("192.168.0.9", 60_000);
  assert.equal(failures.lockoutS("192.168.0.9", 60_000), 1, "the second is a minute old next");
});

test("of IPv6 the network counts, however it is written, and another's does not", () => {
  const failures = new FailedLogins();
  const addresses = ["2001:db8:0:1::7", "2001:0db8::1:0:0:0:8", "2001:db8:0:1:ffff::9"];
  for (let count = 0; count < 10; count++) failures.add(addresses[count % 3] as string, 0);
  assert.equal(failures.lockoutS("2001:db8:0:1::ffff", 1), 60);
  assert.equal(failures.lockoutS("2001:db8:0:2::7", 1), 0);
});

test("addresses without end take no memory without end", () => {
  const failures = new FailedLogins();
  for (let count = 0; count < 10; count++) failures.add("10.0.0.1", 0);
  for (let count = 0; count < 10_000; count++) failures.add(`1.2.${count >> 8}.${count & 255}`, 1);
  assert.equal(failures.lockoutS("10.0.0.1", 2), 0);
});
