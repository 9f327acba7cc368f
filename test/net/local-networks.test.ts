import assert from "node:assert/strict";
import { test } from "node:test";
import { LOCAL_NETWORKS } from "../../src/net/local-networks.ts";

/** The first and the last address of each range, and its neighbours outside. */
const RANGES: readonly (readonly [inside: string[], outside: string[]])[] = [
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
  // Addresses that only look like local ones: of documentation, translation (RFC 6052, 3056), and all.
  [
    [],
    ["203.0.113.7", "2001:db8::1", "64:ff9b::10.0.0.1", "2002:a00:1::1", "::10.0.0.1", "0.0.0.0", "255.255.255.255"],
  ],
];

test("local networks are those from which no stranger comes, to their last address and no further", () => {
  for (const [inside, outside] of RANGES) {
    for (const address of inside) assert.equal(LOCAL_NETWORKS.includes(address), true, address);
    for (const address of outside) assert.equal(LOCAL_NETWORKS.includes(address), false, address);
  }
});

test("what is no address is on no local network", () => {
  for (const text of ["", "unknown", "localhost", "127.0.0.1:80", "[::1]", "127.1", "0x7f.0.0.1", "_hidden"]) {
    assert.equal(LOCAL_NETWORKS.includes(text), false, text);
  }
});
