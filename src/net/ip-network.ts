import { isIPv6 } from "node:net";

/**
 * Whose an address is, as far as an address tells: of IPv6 the first half, since whoever has one address has as many
 * (RFC 4291, 2.5.4); of IPv4 the address, also where it is put into IPv6 (2.5.5.2). A port behind it, as in
 * `192.168.0.7:51234` or `[fe80::1]:51234`, makes no difference.
 */
export function networkOf(address: string): string {
  const [, bracketed, dotted] = PARTS.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  const plain = bracketed ?? address;
  if (!isIPv6(plain)) return plain;
  const mapped = mappedIpv4(plain);
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = plain.split("%")[0]?.split("::") ?? [];
  const start = head === "" ? [] : head.split(":");
  const end = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : Math.max(0, 8 - start.length - end.length);
  return [...start, ...Array<string>(gap).fill("0"), ...end]
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(":");
}

/** An address as people write it: sockets of IPv6 have those of IPv4 put into theirs (RFC 4291, 2.5.5.2). */
export function unmappedAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Whether a network, as `networkOf` has it, is this machine: its own programs, and proxies that do not say for whom they ask. */
export function isThisMachine(network: string): boolean {
  return network.startsWith("127.") || network === "0:0:0:0";
}

/** The IPv4 address in one of IPv6, in any of the spellings that a proxy may pass on; undefined for any other. */
function mappedIpv4(address: string): string | undefined {
  const { hostname } = new URL(`http://[${address.split("%")[0]}]`);
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const [one, other] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [one >> 8, one & 255, other >> 8, other & 255].join(".");
}

/** An IPv6 address in brackets, or an IPv4 address, each with or without a port. */
const PARTS = /^(?:\[([^\]]+)\](?::\d+)?|(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?)$/i;
