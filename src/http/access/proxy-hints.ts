import type { IncomingMessage } from "node:http";
import { isLoopbackHost } from "./host-names.ts";
import { fetchSiteOf, isOriginAtHost, pageOriginOf } from "./page-origin.ts";

type Headers = IncomingMessage["headers"];

export interface ProxyHints {
  readonly headers: Headers;
  /** @default false */
  readonly isSecure?: boolean;
  /** @default "1.1" */
  readonly version?: string;
}

/**
 * Apart from `x-forwarded-*`: RFC 7239, RFC 9110 (7.6.3), and the docs of nginx, Cloudflare,
 * Akamai, Fastly, Fly.io, Azure, Envoy and Rackspace.
 */
const OF_PROXIES: ReadonlySet<string> = new Set([
  "forwarded",
  "via",
  "x-real-ip",
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "cdn-loop",
  "true-client-ip",
  "fastly-client-ip",
  "fly-client-ip",
  "x-azure-clientip",
  "x-azure-socketip",
  "x-envoy-external-address",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-forwarded-for",
  "x-original-host",
]);

/**
 * Returns whether a proxy shows: it says so, or the browser's headers contradict the connection.
 * Programs and TCP forwarders show nothing.
 */
export function showsProxy({ headers, isSecure = false, version = "1.1" }: ProxyHints): boolean {
  const isOfProxy = (name: string) => name.startsWith("x-forwarded-") || OF_PROXIES.has(name);
  if (Object.entries(headers).some(([name, value]) => value !== undefined && isOfProxy(name))) return true;
  const { host = "" } = headers;
  const [page, site] = [pageOriginOf(headers), fetchSiteOf(headers)];
  const isBrowser = site !== undefined || headers["upgrade-insecure-requests"] !== undefined;
  // Browsers speak HTTP/1.1 or newer and send `Host`; nginx up to 1.29 uses HTTP/1.0 by default.
  if (isBrowser && version === "1.0") return true;
  if (host === "") return isBrowser || page !== undefined;
  // Browsers send it only to https and to this machine (Fetch Metadata, 2).
  if (site !== undefined && !isSecure && !isLoopbackHost(host)) return true;
  if (page === undefined || page === "null") return false;
  // Our own page, which the browser calls otherwise than the proxy does.
  if (site === "same-origin") return !isOriginAtHost(page, host) || (!isSecure && page.startsWith("https:"));
  return site === undefined && !isSecure && page.startsWith("https:") && isOriginAtHost(page, host);
}
