import { isIP } from "node:net";
import { type AddressRanges, parseAddressRanges } from "./address-ranges.ts";

/**
 * Where no stranger is: this machine (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3), private networks (RFC 1918, RFC 4193), what has no
 * router (RFC 3927; RFC 4291, 2.5.6), and what lies behind a carrier's address translation (RFC 6598), which is also what
 * private overlays such as Tailscale give their members.
 */
const RANGES =
  "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,100.64.0.0/10,::1/128,fc00::/7,fe80::/10";

const ranges = parseAddressRanges(RANGES) as AddressRanges;

/** The addresses of local networks, IPv4 written as IPv6 among them; what is no address is none of them. */
export const LOCAL_NETWORKS: AddressRanges = {
  text: RANGES,
  includes: (address) => isIP(address) !== 0 && ranges.includes(address),
};
