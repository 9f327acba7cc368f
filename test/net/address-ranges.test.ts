import assert from "node:assert/strict";
import { test } from "node:test";
import { addressRanges } from "../../src/net/address-ranges.ts";

const parse = (text: string) => addressRanges().safeParse(text);

test("a list of addresses and ranges includes its own, of IPv4, IPv6 and IPv4 written as IPv6", () => {
  const ranges = parse("192.168.0.0/24, 10.0.0.7,fd00::/8 ,fe80::/10").data;
  const inside = [
    "192.168.0.1",
    "192.168.0.255",
    "10.0.0.7",
    "fd12::1",
    "::ffff:192.168.0.9",
    "::ffff:a00:7",
    "fe80::1%eth0",
  ];
  const outside = ["192.168.1.1", "10.0.0.8", "fe00::1", "::1", "::ffff:10.0.0.8", "ff02::1"];
  for (const address of inside) assert.equal(ranges?.includes(address), true, address);
  for (const address of outside) assert.equal(ranges?.includes(address), false, address);
});

test("a range may be written by any of its addresses, and be everything", () => {
  assert.equal(parse("192.168.0.77/24").data?.includes("192.168.0.1"), true);
  assert.equal(parse("0.0.0.0/0").data?.includes("8.8.8.8"), true);
  assert.equal(parse("::/0").data?.includes("2001:db8::1"), true);
});

for (const text of [
  "",
  "192.168.0",
  "192.168.0.0/33",
  "fd00::/129",
  "camera.local",
  "10.0.0.1,",
  "10.0.0.1/",
  "10.0.0.1/x",
  "fe80::1%eth0",
  "10.0.0.0/8;fd00::/8",
]) {
  test(`${JSON.stringify(text)} is refused with what would be right`, () => {
    const { error } = parse(text);
    assert.equal(
      error?.issues[0]?.message,
      "must be addresses or ranges of them, such as 192.168.0.0/24,10.0.0.7,fd00::/8",
    );
  });
}
