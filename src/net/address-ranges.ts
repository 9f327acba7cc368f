import { BlockList, isIP } from "node:net";
import { value } from "../options/option-types.ts";

export interface AddressRanges {
  /** Equal texts are equal ranges. */
  readonly text: string;
  /** Takes addresses as sockets give them. */
  includes(address: string): boolean;
}

/** Parses addresses and CIDR ranges (RFC 4632; RFC 4291, 2.3). */
export function addressRanges() {
  return value("addresses or ranges of them, such as 192.168.0.0/24,10.0.0.7,fd00::/8", parseAddressRanges);
}

/** Returns a port's option `allow`; `verb` is what peers do. */
export function allowOption(verb: "connect" | "publish" | "send") {
  const example = "192.168.0.0/24,10.0.0.7";
  return addressRanges()
    .optional()
    .describe(`addresses that may ${verb}, such as ${example}; by default local networks, with --public all`);
}

function parseAddressRanges(text: string): AddressRanges | undefined {
  const ranges = new BlockList();
  for (const part of text.split(",")) {
    const { address = "", bits } = /^(?<address>[^/]+?)(?:\/(?<bits>\d{1,3}))?$/.exec(part.trim())?.groups ?? {};
    const version = isIP(address);
    const maxBits = version === 4 ? 32 : 128;
    const length = bits === undefined ? maxBits : Number(bits);
    if (version === 0 || address.includes("%") || length > maxBits) return undefined;
    ranges.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  // It finds mapped IPv4 addresses: https://nodejs.org/api/net.html#blocklistcheckaddress-type
  return { text, includes: (address) => ranges.check(address, isIP(address) === 4 ? "ipv4" : "ipv6") };
}

/**
 * This machine (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3), private networks (RFC 1918, RFC 4193), links
 * without a router (RFC 3927; RFC 4291, 2.5.6), and a carrier's address translation (RFC 6598),
 * which overlays such as Tailscale use too.
 */
const LOCAL_RANGES =
  "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,100.64.0.0/10,::1/128,fc00::/7,fe80::/10";

const localRanges = parseAddressRanges(LOCAL_RANGES) as AddressRanges;

export const LOCAL_NETWORKS: AddressRanges = {
  text: LOCAL_RANGES,
  includes: (address) => isIP(address) !== 0 && localRanges.includes(address),
};
