import type { IncomingMessage } from "node:http";
import { isLoopbackHost } from "./host-names.ts";
import { fetchSiteOf, isOriginAtHost, pageOriginOf } from "./page-origin.ts";

type Headers = IncomingMessage["headers"];

/** What tells of a proxy. */
export interface ProxyHints {
  readonly headers: Headers;
  /** Whether the client's connection to us is TLS. @default false */
  readonly isSecure?: boolean;
  /** Of HTTP. @default "1.1" */
  readonly version?: string;
}

/**
 * Headers that proxies write, besides those that begin with `x-forwarded-`: RFC 7239 and RFC 9110 (7.6.3), then those that the
 * documentation of nginx, Cloudflare, Akamai, Fastly, Fly.io, Azure, Envoy and Rackspace names.
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
 * Whether a request came through a proxy: a proxy says so, or what a browser says of itself and what reached us
 * contradict each other. What no browser sent, and what a forwarder of bare TCP carried, shows nothing.
 */
export function showsProxy({ headers, isSecure = false, version = "1.1" }: ProxyHints): boolean {
  const isOfProxy = (name: string) => name.startsWith("x-forwarded-") || OF_PROXIES.has(name);
  if (Object.entries(headers).some(([name, value]) => value !== undefined && isOfProxy(name))) return true;
  const { host = "" } = headers;
  const [page, site] = [pageOriginOf(headers), fetchSiteOf(headers)];
  const isBrowser = site !== undefined || headers["upgrade-insecure-requests"] !== undefined;
  // All browsers speak HTTP/1.1 or newer, and name whom they ask; nginx up to 1.29 asks by HTTP/1.0 unless told otherwise.
  if (isBrowser && version === "1.0") return true;
  if (host === "") return isBrowser || page !== undefined;
  // Sent to https and to this machine alone (Fetch Metadata, 2): the browser speaks TLS, and we do not.
  if (site !== undefined && !isSecure && !isLoopbackHost(host)) return true;
  if (page === undefined || page === "null") return false;
  // The page is of our own origin, which the browser calls otherwise than the proxy does.
  if (site === "same-origin") return !isOriginAtHost(page, host) || (!isSecure && page.startsWith("https:"));
  return site === undefined && !isSecure && page.startsWith("https:") && isOriginAtHost(page, host);
}
