import assert from "node:assert/strict";
import { test } from "node:test";
import { addressRanges, LOCAL_NETWORKS } from "../../src/net/address-ranges.ts";

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

/** The first and the last address of each range, and its neighbors outside. */
const EDGES: readonly (readonly [inside: string[], outside: string[]])[] = [
  [
    ["127.0.0.1", "127.255.255.255"],
    ["126.255.255.255", "128.0.0.0"],
  ],
  [
    ["10.0.0.0", "10.255.255.255"],
    ["9.255.255.255", "11.0.0.0"],
  ],
  [
    ["172.16.0.0", "172.31.255.255"],
    ["172.15.255.255", "172.32.0.0"],
  ],
  [
    ["192.168.0.0", "192.168.255.255"],
    ["192.167.255.255", "192.169.0.0"],
  ],
  [
    ["169.254.0.0", "169.254.255.255"],
    ["169.253.255.255", "169.255.0.0"],
  ],
  [
    ["100.64.0.0", "100.127.255.255"],
    ["100.63.255.255", "100.128.0.0"],
  ],
  [["::1"], ["::", "::2"]],
  [
    ["fc00::", "fdff:ffff::1"],
    ["fbff::1", "fe00::"],
  ],
  [
    ["fe80::1", "fe80::1%eth0", "febf::1"],
    ["fe7f::1", "fec0::1"],
  ],
  [
    ["::ffff:192.168.0.7", "::ffff:7f00:1", "::FFFF:10.0.0.1"],
    ["::ffff:8.8.8.8", "::ffff:808:808"],
  ],
  // Addresses that only look like local ones: of documentation, translation (RFC 6052, 3056), and
  // all.
  [
    [],
    ["203.0.113.7", "2001:db8::1", "64:ff9b::10.0.0.1", "2002:a00:1::1", "::10.0.0.1", "0.0.0.0", "255.255.255.255"],
  ],
];

test("local networks are those from which no stranger comes, to their last address and no further", () => {
  for (const [inside, outside] of EDGES) {
    for (const address of inside) assert.equal(LOCAL_NETWORKS.includes(address), true, address);
    for (const address of outside) assert.equal(LOCAL_NETWORKS.includes(address), false, address);
  }
});

test("text that is no address is on no local network", () => {
  for (const text of ["", "unknown", "localhost", "127.0.0.1:80", "[::1]", "127.1", "0x7f.0.0.1", "_hidden"]) {
    assert.equal(LOCAL_NETWORKS.includes(text), false, text);
  }
});
