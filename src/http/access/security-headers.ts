import type { IncomingMessage } from "node:http";
import type { RequestHandler, Response } from "express";
import { NON_DOCUMENT } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { type CorsOptions, canRead, corsHeaders, isKnownPage } from "./cors-headers.ts";
import { isLocalOrigin } from "./host-names.ts";
import { isOwnOrigin } from "./origin.ts";
import { pageOriginOf } from "./page-origin.ts";

export interface CrossOriginOptions extends Pick<CorsOptions, "origins"> {
  /** As `origins`. @default local */
  readonly frames?: readonly string[] | undefined;
}

/**
 * Only our files, and nothing inline. `data:` ends a stream in Chromium; `blob:` shows frames no
 * worker can decode.
 */
const PAGE_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
];

/** Applies to errors, too. */
export function securityHeadersMiddleware(
  { hasPassword }: Required<Pick<CorsOptions, "hasPassword">>,
  basePath: string,
  { origins, frames }: CrossOriginOptions = {},
): RequestHandler {
  const cors: CorsOptions = { origins, hasPassword, basePath };
  return (request, response, next) => {
    response.locals["policy"] = [...PAGE_POLICY, ...frameAncestors(request, cors, frames)].join("; ");
    response.locals["isKnownPage"] = isKnownPage(request, origins);
    response.set({
      ...NON_DOCUMENT,
      ...corsHeaders(request, cors),
    });
    response.locals["withoutToken"] = () => corsHeaders(request, { ...cors, hasPassword: false });
    next();
  };
}

/**
 * The policy cannot list local networks, so it refuses pages that the browser calls foreign. Absent
 * if all may: `*` excludes apps' schemes (CSP3, 6.7.2.8).
 */
function frameAncestors(
  request: IncomingMessage,
  { origins, hasPassword }: CorsOptions,
  frames: readonly string[] = ["local"],
): string[] {
  if (frames.includes("any")) return [];
  const named = [`frame-ancestors ${["'self'", ...frames.filter((origin) => origin !== "local")].join(" ")}`];
  if (!frames.includes("local")) return named;
  // In another site's frame the browser sends no cookie: only a token opens anything there.
  if (hasPassword) return [];
  const { headers } = request;
  const page = pageOriginOf(headers);
  const isKnown = page === undefined || isLocalOrigin(page, headers.host ?? "");
  return isKnown || canRead(page, request, { origins, hasToken: false }) ? [] : named;
}

/**
 * Resets the CORS headers to those without a token: the browser's credentials authorized the
 * request, so a made-up token must not help its page.
 */
export function dropTokenHeaders(response: Response): void {
  const { withoutToken } = response.locals as { withoutToken?: () => Record<string, string> };
  if (withoutToken === undefined) return;
  for (const name of ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]) response.removeHeader(name);
  response.set(withoutToken());
}

/** `hasToken` allows any page. @throws HttpError 403 */
export function requireReader(request: IncomingMessage, { origins }: CrossOriginOptions, hasToken: boolean): void {
  const page = pageOriginOf(request.headers);
  if (page === undefined || isOwnOrigin(request) || canRead(page, request, { origins, hasToken })) return;
  throw new HttpError(403, `Not allowed: pages of ${page} cannot watch. Add the origin with --allow-origin.`);
}
