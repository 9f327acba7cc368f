import type { IncomingMessage } from "node:http";
import { ONLINE_HEADER } from "../shared/headers.ts";
import { isOfBarePage } from "./bare-pass.ts";
import { isLocalOrigin } from "./host-names.ts";
import { fetchSiteOf, pageOriginOf } from "./page-origin.ts";

export interface CorsOptions {
  /** Such as `https://dash.example`, `local` or `any`. @default local */
  readonly origins?: readonly string[] | undefined;
  /** With a password, a page with a token may read. @default false */
  readonly hasPassword?: boolean;
  /** Without a slash at its end. @default "" */
  readonly basePath?: string;
}

type CorsRequest = Pick<IncomingMessage, "headers" | "url" | "method">;

const LOCAL = ["local"];

/**
 * Returns the headers by which other origins' pages may read (CORS) or show (CORP) an answer. Over
 * plain http, a page with `Referrer-Policy: no-referrer` may show, not read: Home Assistant's pages
 * look the same.
 */
export function corsHeaders(request: CorsRequest, options: CorsOptions): Record<string, string> {
  const { origins = LOCAL, hasPassword = false } = options;
  const isOpen = isOpenPath(request.url, options.basePath);
  if (origins.includes("any")) return { ...readable("*"), ...SHOWN };
  const page = pageOriginOf(request.headers);
  if (!origins.includes("local") && page === undefined) return { Vary: "Origin", ...DENIED };
  // A sandboxed page has no origin, such as our bare page.
  const isBare = isOpen || isOfBarePage(request.url ?? "");
  const hasToken = hasPassword && (isOpen || isForToken(request));
  if (page === undefined) return { Vary: "Origin", ...hiddenHeaders(request, isBare || hasToken) };
  const isAllowed = canRead(page, request, { origins, hasToken });
  if (!isAllowed) return { Vary: "Origin", ...(page === "null" && isBare ? SHOWN : DENIED) };
  return { Vary: "Origin", ...readable(page), ...SHOWN };
}

export function canRead(
  page: string,
  { headers }: Pick<CorsRequest, "headers">,
  { origins = LOCAL, hasToken }: Pick<CorsOptions, "origins"> & { readonly hasToken: boolean },
): boolean {
  if (origins.includes("any") || origins.includes(page)) return true;
  return origins.includes("local") && (hasToken || isLocalOrigin(page, headers.host ?? ""));
}

/** Returns whether a page is local, allowed by name, or absent; a token does not count. */
export function isKnownPage(request: CorsRequest, origins: readonly string[] = LOCAL): boolean {
  const page = pageOriginOf(request.headers);
  const known = origins.map((origin) => (origin === "any" ? "local" : origin));
  return page === undefined || canRead(page, request, { origins: known, hasToken: false });
}

const CORP = "Cross-Origin-Resource-Policy";
const DENIED = { [CORP]: "same-origin" };
const SHOWN = { [CORP]: "cross-origin" };

function readable(origin: string): Record<string, string> {
  return { "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED };
}

const EXPOSED = `Age, X-Timestamp, Retry-After, ${ONLINE_HEADER}`;

/** Returns the headers for programs, and pages that hide their origin. */
function hiddenHeaders({ headers }: CorsRequest, isForAll: boolean): Record<string, string> {
  const { host = "" } = headers;
  const site = fetchSiteOf(headers);
  const isForeign = site === "cross-site" || (site === "same-site" && !isLocalOrigin(`http://${host}`, host));
  return isForeign && !isForAll ? { [CORP]: "same-site" } : { ...readable("*"), ...SHOWN };
}

function isForToken({ headers, url = "", method }: CorsRequest): boolean {
  return method === "OPTIONS" || /[?&]token=/.test(url) || /^bearer /i.test(headers.authorization ?? "");
}

/** Pages load these paths before they have a token. */
function isOpenPath(url = "", basePath = ""): boolean {
  const [path = ""] = url.toLowerCase().split("?");
  if (!path.startsWith(basePath.toLowerCase())) return false;
  const own = path.slice(basePath.length);
  return own.startsWith("/public/") || own === "/healthz" || own === "/manifest.webmanifest";
}
