import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Returns the network of an address, with or without a port: one client.
 *
 * Of IPv6 that is the /64, which a client has whole (RFC 4291, 2.5.4); of IPv4 the address, also if
 * IPv6 maps it (2.5.5.2).
 */
export function networkOf(address: string): string {
  const [, bracketed, dotted] = WITH_PORT.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  const plain = bracketed ?? address;
  if (isIP(plain) !== 6) return plain;
  const parsed = unmapped(parseIPv6(plain));
  if (parsed.kind() === "ipv4") return parsed.toString();
  return (parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":");
}

/** Unmaps IPv4 (RFC 4291, 2.5.5.2). */
export function unmappedAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Includes proxies that do not forward the client's address. */
export function isThisMachine(network: string): boolean {
  return network.startsWith("127.") || network === "0:0:0:0";
}

/** Returns one spelling for all of an address; other text unchanged. */
export function canonicalAddress(address: string): string {
  const [plain = ""] = address.split("%");
  return isIP(plain) === 6 ? parseIPv6(plain).toString() : plain;
}

export function addressBytes(address: string): Buffer {
  return Buffer.from((isIP(address) === 6 ? parseIPv6(address) : ipaddr.parse(address)).toByteArray());
}

function parseIPv6(address: string): ipaddr.IPv6 {
  // ipaddr.js 1.9 refuses some zones, and IPv4 behind "::" (docs/contribute/decisions/0028).
  const [plain = ""] = address.split("%");
  return ipaddr.IPv6.parse(plain.replace(DOTTED_TAIL, (tail) => hexGroups(ipaddr.IPv4.parse(tail).octets)));
}

function hexGroups([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string {
  return [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(":");
}

function unmapped(address: ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?)$/i;

const DOTTED_TAIL = /\d+\.\d+\.\d+\.\d+$/;
