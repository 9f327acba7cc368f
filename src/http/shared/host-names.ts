import { isIP } from "node:net";
import { LOCAL_NETWORKS } from "../../net/address-ranges.ts";
import { canonicalAddress, unmappedAddress } from "../../net/ip-address.ts";
import { LOCAL_ENDINGS } from "./local-endings.ts";

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
