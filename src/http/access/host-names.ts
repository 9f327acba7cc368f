import { isIP } from "node:net";
import { LOCAL_NETWORKS } from "../../net/address-ranges.ts";
import { canonicalAddress, unmappedAddress } from "../../net/ip-address.ts";

/**
 * Strangers cannot point a tailnet's names here, and yet may serve public pages from them:
 * https://tailscale.com/kb/1223/funnel.
 */
const TAILNET_NAME = /^[a-z0-9-]+\.(?<tailnet>[a-z0-9-]+\.ts\.net)$/;

export interface OwnNames {
  /** In lower case. @default none */
  readonly names?: readonly string[];
  /** The address that the client connected to. @default unknown */
  readonly localAddress?: string | undefined;
}

/**
 * Returns whether a `Host` header names this server. A stranger's name may lead here
 * (https://en.wikipedia.org/wiki/DNS_rebinding), and its page is then same-origin. Other public
 * addresses show a forwarder.
 */
export function isOwnHost(host: string, { names = [], localAddress }: OwnNames): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  if (isIP(name) === 0) return isLocalName(name) || TAILNET_NAME.test(name) || names.includes(name);
  const own = [...names, unmappedAddress(localAddress ?? "")].map(canonicalAddress);
  return isLocalAddress(name) || own.includes(canonicalAddress(name));
}

/**
 * Returns whether an `Origin` is surely in the local network. Any sandboxed page has `null`. Apps
 * have a scheme of their own at `localhost`: https://capacitorjs.com/docs/config.
 */
export function isLocalOrigin(origin: string, host: string): boolean {
  const { protocol = "", authority = "" } =
    /^(?<protocol>[a-z][a-z0-9+.-]*:)\/\/(?<authority>[^/]+)$/.exec(origin)?.groups ?? {};
  const name = nameOf(authority);
  // Browsers send only URLs; an IPv6 address with a zone is none.
  if (name === undefined || !URL.canParse(origin)) return false;
  if (protocol !== "http:" && protocol !== "https:") return name === "localhost";
  if (isIP(name) !== 0) return isLocalAddress(name);
  return isLocalName(name) || isOfTailnet(name, nameOf(host));
}

export function isAddress(host: string): boolean {
  return isIP(nameOf(host) ?? "") !== 0;
}

/** To such a host, browsers send `Sec-Fetch-*` over http. */
export function isLoopbackHost(host: string): boolean {
  const name = nameOf(host) ?? "";
  return /^(?:.+\.)?localhost$/.test(name) || /^127\./.test(name) || canonicalAddress(name) === "::1";
}

/** In lower case, without port, brackets and final dot. */
function nameOf(host: string): string | undefined {
  const { bracketed, name } = /^(?:\[(?<bracketed>[^\]]+)\]|(?<name>[\w.-]+))(?::\d*)?$/.exec(host)?.groups ?? {};
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : undefined;
  return name?.toLowerCase().replace(/\.$/, "") || undefined;
}

function isLocalName(name: string): boolean {
  // A browser takes these for addresses (URL Standard, "ends-in-a-number checker").
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name)) return false;
  return !name.includes(".") || LOCAL_ENDINGS.some((ending) => name === ending || name.endsWith(`.${ending}`));
}

/** Some addresses mean "this machine" to a client (RFC 1122, 3.2.1.3). */
function isLocalAddress(address: string): boolean {
  return LOCAL_NETWORKS.includes(address) || address === "0.0.0.0" || canonicalAddress(address) === "::";
}

function isOfTailnet(name: string, host: string | undefined): boolean {
  const tailnet = TAILNET_NAME.exec(name)?.groups?.["tailnet"];
  return tailnet !== undefined && tailnet === TAILNET_NAME.exec(host ?? "")?.groups?.["tailnet"];
}

/**
 * Endings that local networks give and no stranger can register, so none can lead here (DNS
 * rebinding). Never add others, such as `o2.box`.
 */
export const LOCAL_ENDINGS: readonly string[] = [
  // Reserved: RFC 6761, RFC 6762, RFC 8375; .internal by ICANN's resolution of 2024-07-29.
  "localhost",
  "local",
  "home.arpa",
  "internal",
  // Private names in wide use (RFC 6762, appendix G), none delegated. ICANN defers .home and .corp
  // indefinitely (resolution 2018.02.04.12).
  "lan",
  "home",
  "corp",
  "intranet",
  "private",
  // Not delegated: pfSense before 2.5.2, UniFi gateways, VMware, many Linux installers.
  "localdomain",
  // Speedport routers of Deutsche Telekom; .ip is not delegated.
  "speedport.ip",
  // FRITZ!Box routers; the vendor's since WIPO decision D2024-0706.
  "fritz.box",
  // Windows Internet Connection Sharing and Hyper-V; Microsoft's.
  "mshome.net",
  // AT&T gateways; AT&T's.
  "attlocal.net",
  "gateway.2wire.net",
];
