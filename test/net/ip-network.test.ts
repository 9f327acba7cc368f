import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "../../src/net/ip-network.ts";

test("an IPv4 address is one's own, with or without a port, and also where it is put into IPv6", () => {
  for (const written of ["192.168.0.7", "192.168.0.7:51234", "::ffff:192.168.0.7", "::FFFF:192.168.0.7"]) {
    assert.equal(networkOf(written), "192.168.0.7");
  }
});

test("of IPv6 a /64 is one, however it is written", () => {
  for (const written of [
    "2001:db8:0:1::7",
    "2001:0db8::1:0:0:0:8",
    "[2001:db8:0:1:ffff::9]:51234",
    "[2001:db8:0:1::9]",
  ]) {
    assert.equal(networkOf(written), "2001:db8:0:1");
  }
  assert.notEqual(networkOf("2001:db8:0:2::7"), "2001:db8:0:1");
  assert.equal(networkOf("fe80::1%eth0"), networkOf("fe80::2"));
  assert.equal(networkOf("::1"), "0:0:0:0");
});

test("what is no address is itself", () => {
  assert.equal(networkOf("unknown"), "unknown");
});

test("an IPv4 address in hexadecimal IPv6 is that address, and no part of this machine's network", () => {
  for (const written of ["::ffff:a00:42", "[::FFFF:0a00:0042]:51234", "0:0:0:0:0:ffff:10.0.0.66"]) {
    assert.equal(networkOf(written), "10.0.0.66");
  }
  assert.equal(networkOf("::fffe:a00:42"), "0:0:0:0");
});
