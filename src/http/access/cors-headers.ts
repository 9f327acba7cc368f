import type { IncomingMessage } from "node:http";
import { ONLINE_HEADER } from "../shared/headers.ts";
import { isOfBarePage } from "./bare-pass.ts";
import { isLocalOrigin } from "./host-names.ts";
import { fetchSiteOf, pageOriginOf } from "./page-origin.ts";

/** Who may read what we send. */
export interface CorsOptions {
  /**
   * Origins as browsers write them, such as `https://dash.example`, or `local` for those of local networks, or `any`.
   * @default local
   */
  readonly origins?: readonly string[] | undefined;
  /** Whether a password or a token is asked for: then a page that brings a token may read, wherever it is. @default false */
  readonly hasPassword?: boolean;
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
}

type Asked = Pick<IncomingMessage, "headers" | "url" | "method">;

const LOCAL = ["local"];

/**
 * The headers by which browsers decide whether a page of another origin may read an answer (CORS) or show it (CORP). A page that
 * hides where it is, by `Referrer-Policy: no-referrer`, may show over plain http, and not read: Home Assistant's pages
 * are such, and nothing tells them from others. Over https, and on this machine, the browser does.
 */
export function corsHeaders(request: Asked, rules: CorsOptions): Record<string, string> {
  const { origins = LOCAL, hasPassword = false } = rules;
  const isOpen = isOpenPath(request.url, rules.basePath);
  if (origins.includes("any")) return { ...readable("*"), ...SHOWN };
  const page = pageOriginOf(request.headers);
  if (!origins.includes("local") && page === undefined) return { Vary: "Origin", ...DENIED };
  // In a sandbox a page is nobody's: also our bare page, which needs its stream and the files of our pages, which are no secret.
  const isBare = isOpen || isOfBarePage(request.url ?? "");
  const hasToken = hasPassword && (isOpen || isForToken(request));
  if (page === undefined) return { Vary: "Origin", ...hiddenHeaders(request, isBare || hasToken) };
  const isAllowed = canRead(page, request, { origins, hasToken });
  if (!isAllowed) return { Vary: "Origin", ...(page === "null" && isBare ? SHOWN : DENIED) };
  return { Vary: "Origin", ...readable(page), ...SHOWN };
}

/** Whether a page of an origin, as `pageOf` gives it, may read what is sent. */
export function canRead(
  page: string,
  { headers }: Pick<Asked, "headers">,
  { origins = LOCAL, hasToken }: Pick<CorsOptions, "origins"> & { readonly hasToken: boolean },
): boolean {
  if (origins.includes("any") || origins.includes(page)) return true;
  return origins.includes("local") && (hasToken || isLocalOrigin(page, headers.host ?? ""));
}

/** Whether a request is of no page, or of one that is local or named, and not only of one that has a token, or of any. */
export function isKnownPage(request: Asked, origins: readonly string[] = LOCAL): boolean {
  const page = pageOriginOf(request.headers);
  const known = origins.map((origin) => (origin === "any" ? "local" : origin));
  return page === undefined || canRead(page, request, { origins: known, hasToken: false });
}

const CORP = "Cross-Origin-Resource-Policy";
const DENIED = { [CORP]: "same-origin" };
const SHOWN = { [CORP]: "cross-origin" };

/** What lets pages of an origin, or of any, read an answer, and those of its headers that are for scripts. */
function readable(origin: string): Record<string, string> {
  return { "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED };
}

const EXPOSED = `Age, X-Timestamp, Retry-After, ${ONLINE_HEADER}`;

/**
 * For a program, or a page that does not say where it is, of which the browser may say that it is not ours. What is of the same
 * site as a local name or address is local itself.
 */
function hiddenHeaders({ headers }: Asked, isForAll: boolean): Record<string, string> {
  const { host = "" } = headers;
  const site = fetchSiteOf(headers);
  const isForeign = site === "cross-site" || (site === "same-site" && !isLocalOrigin(`http://${host}`, host));
  return isForeign && !isForAll ? { [CORP]: "same-site" } : { ...readable("*"), ...SHOWN };
}

/** Whether a request brings a token, or asks whether it may. */
function isForToken({ headers, url = "", method }: Asked): boolean {
  return method === "OPTIONS" || /[?&]token=/.test(url) || /^bearer /i.test(headers.authorization ?? "");
}

/** Whether a path is answered without a password, and shows no camera: a page needs it before it can bring a token. */
function isOpenPath(url = "", basePath = ""): boolean {
  const [path = ""] = url.toLowerCase().split("?");
  if (!path.startsWith(basePath.toLowerCase())) return false;
  const own = path.slice(basePath.length);
  return own.startsWith("/public/") || own === "/healthz" || own === "/manifest.webmanifest";
}
