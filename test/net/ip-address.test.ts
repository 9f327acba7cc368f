import assert from "node:assert/strict";
import { test } from "node:test";
import { addressBytes, canonicalAddress, networkOf } from "../../src/net/ip-address.ts";

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

test("text that is no address is its own network", () => {
  assert.equal(networkOf("unknown"), "unknown");
});

test("an IPv4 address in hexadecimal IPv6 is that address, and no part of this machine's network", () => {
  for (const written of ["::ffff:a00:42", "[::FFFF:0a00:0042]:51234", "0:0:0:0:0:ffff:10.0.0.66"]) {
    assert.equal(networkOf(written), "10.0.0.66");
  }
  assert.equal(networkOf("::fffe:a00:42"), "0:0:0:0");
});

test("IPv4 at the end of an IPv6 address counts as two groups", () => {
  assert.equal(networkOf("2001:db8::1:2:3:10.0.0.66"), "2001:db8:0:1");
  // Not this machine's network, although it starts with "::".
  assert.equal(networkOf("::c973:5949:ffff:66.59.152.18"), "0:0:0:c973");
  assert.equal(networkOf("64:ff9b::10.0.0.66"), "64:ff9b:0:0");
});

test("all spellings of an address have one canonical spelling and the same bytes", () => {
  const spellings = [
    "2001:db8::a00:42",
    "2001:0DB8:0:0::10.0.0.66",
    "2001:db8:0:0:0:0:a00:42",
    "2001:db8::a00:42%eth0.1",
  ];
  for (const text of spellings) {
    assert.equal(canonicalAddress(text), canonicalAddress(spellings[0] as string), text);
    assert.equal(addressBytes(text).toString("hex"), "20010db800000000000000000a000042", text);
  }
  assert.notEqual(canonicalAddress("::1"), canonicalAddress("::2"));
  assert.equal(canonicalAddress("porch.local"), "porch.local");
  assert.deepEqual([...addressBytes("192.168.0.7")], [192, 168, 0, 7]);
});
