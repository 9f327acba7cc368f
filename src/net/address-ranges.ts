import { BlockList, isIP } from "node:net";
import { value } from "../options/option-types.ts";

/** Addresses from some ranges. */
export interface AddressRanges {
  /** As they were written, by which two are told apart. */
  readonly text: string;
  /** `address` as a socket gives it: IPv4, IPv6 (perhaps with its zone), or IPv4 written as IPv6. */
  includes(address: string): boolean;
}

/** Addresses and ranges in CIDR notation (RFC 4632, RFC 4291 2.3), with commas between them. */
export function addressRanges() {
  return value("addresses or ranges of them, such as 192.168.0.0/24,10.0.0.7,fd00::/8", parseAddressRanges);
}

/** Undefined for a text that is something else. */
export function parseAddressRanges(text: string): AddressRanges | undefined {
  const ranges = new BlockList();
  for (const part of text.split(",")) {
    const { address = "", bits } = /^(?<address>[^/]+?)(?:\/(?<bits>\d{1,3}))?$/.exec(part.trim())?.groups ?? {};
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    if (version === 0 || address.includes("%") || length > most) return undefined;
    ranges.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  // A block list finds IPv4 addresses that are written as IPv6: https://nodejs.org/api/net.html#blocklistcheckaddress-type
  return { text, includes: (address) => ranges.check(address, isIP(address) === 4 ? "ipv4" : "ipv6") };
}
