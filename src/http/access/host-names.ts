import { isIP } from "node:net";
import { LOCAL_NETWORKS } from "../../net/address-ranges.ts";
import { canonicalAddress, unmappedAddress } from "../../net/ip-address.ts";

/**
 * A device in a tailnet. Tailscale alone decides where these names lead: into the tailnet, or, for Funnel, to its own relays.
 * So no stranger can have one lead here, but a stranger's public page can have one: https://tailscale.com/kb/1223/funnel.
 */
const TAILNET_NAME = /^[a-z0-9-]+\.(?<tailnet>[a-z0-9-]+\.ts\.net)$/;

/** By what a server may be called, besides what only a local network can give. */
export interface OwnNames {
  /** Names and addresses, in small letters. @default none */
  readonly names?: readonly string[];
  /** The address of this machine to which the client connected. @default not known */
  readonly localAddress?: string | undefined;
}

/**
 * Whether a `Host` header names this server as its owner would: by a local address or the one that the client connected to, by
 * a name that only a local network can give, or by one of `names`. A name that a stranger owns may lead here too, by DNS
 * rebinding (https://en.wikipedia.org/wiki/DNS_rebinding): the stranger's page is then of the same origin as ours. A
 * public address that is not ours tells of a forwarder between the client and this server.
 */
export function isOwnHost(host: string, { names = [], localAddress }: OwnNames): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  if (isIP(name) === 0) return isLocalName(name) || TAILNET_NAME.test(name) || names.includes(name);
  const own = [...names, unmappedAddress(localAddress ?? "")].map(canonicalAddress);
  return isLocalAddress(name) || own.includes(canonicalAddress(name));
}

/**
 * Whether an `Origin` is surely of the local network that a server called `host` is in. `null` is nobody's: any page can take it on,
 * by a sandbox. Of apps the origin is their own scheme at `localhost`: https://capacitorjs.com/docs/config.
 */
export function isLocalOrigin(origin: string, host: string): boolean {
  const { protocol = "", authority = "" } =
    /^(?<protocol>[a-z][a-z0-9+.-]*:)\/\/(?<authority>[^/]+)$/.exec(origin)?.groups ?? {};
  const name = nameOf(authority);
  // No browser has an origin that is no URL, such as an IPv6 address with a zone.
  if (name === undefined || !URL.canParse(origin)) return false;
  if (protocol !== "http:" && protocol !== "https:") return name === "localhost";
  if (isIP(name) !== 0) return isLocalAddress(name);
  return isLocalName(name) || isOfTailnet(name, nameOf(host));
}

/** Whether a `Host` header has an address, and no name. */
export function isAddress(host: string): boolean {
  return isIP(nameOf(host) ?? "") !== 0;
}

/** Whether a `Host` header means this machine to a browser, which then sends `Sec-Fetch-*` over plain http, too. */
export function isLoopbackHost(host: string): boolean {
  const name = nameOf(host) ?? "";
  return /^(?:.+\.)?localhost$/.test(name) || /^127\./.test(name) || canonicalAddress(name) === "::1";
}

/** The name or address in a `Host` header, in small letters, without port, brackets and a dot at its end. */
function nameOf(host: string): string | undefined {
  const { bracketed, name } = /^(?:\[(?<bracketed>[^\]]+)\]|(?<name>[\w.-]+))(?::\d*)?$/.exec(host)?.groups ?? {};
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : undefined;
  return name?.toLowerCase().replace(/\.$/, "") || undefined;
}

function isLocalName(name: string): boolean {
  // What ends in a number is an address to a browser, written in another way (URL Standard, "ends-in-a-number checker").
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name)) return false;
  return !name.includes(".") || LOCAL_ENDINGS.some((ending) => name === ending || name.endsWith(`.${ending}`));
}

/** Also the addresses that mean "this machine" where one connects to them (RFC 1122, 3.2.1.3). */
function isLocalAddress(address: string): boolean {
  return LOCAL_NETWORKS.includes(address) || address === "0.0.0.0" || canonicalAddress(address) === "::";
}

function isOfTailnet(name: string, host: string | undefined): boolean {
  const tailnet = TAILNET_NAME.exec(name)?.groups?.["tailnet"];
  return tailnet !== undefined && tailnet === TAILNET_NAME.exec(host ?? "")?.groups?.["tailnet"];
}

/**
 * Endings of names that a local network gives to its devices, and that no stranger can register: neither can a stranger's
 * web page have such a name, nor can a stranger have such a name lead to this server (DNS rebinding). An ending that
 * anybody can register, or that is registered by a stranger (`o2.box`), must never be added.
 */
export const LOCAL_ENDINGS: readonly string[] = [
  // Reserved for this machine, mDNS, home networks and private use: RFC 6761, RFC 6762, RFC 8375, and the resolution
  // of ICANN's board of 2024-07-29 on .internal.
  "localhost",
  "local",
  "home.arpa",
  "internal",
  // Private top-level names that are in wide use, as listed in RFC 6762, appendix G. None of them is delegated, and
  // ICANN defers .home and .corp indefinitely (resolution 2018.02.04.12).
  "lan",
  "home",
  "corp",
  "intranet",
  "private",
  // Not delegated either: pfSense before 2.5.2, UniFi gateways, VMware's networks and many Linux installers.
  "localdomain",
  // Speedport routers of Deutsche Telekom; .ip is not delegated.
  "speedport.ip",
  // FRITZ!Box routers; the vendor owns the name since the decision D2024-0706 of WIPO.
  "fritz.box",
  // Internet Connection Sharing and Hyper-V's Default Switch of Windows; Microsoft owns the name.
  "mshome.net",
  // Gateways of AT&T, which owns both names.
  "attlocal.net",
  "gateway.2wire.net",
];
