import type { IncomingMessage } from "node:http";
import type { RequestHandler, Response } from "express";
import { NON_DOCUMENT } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { type CorsOptions, canRead, corsHeaders, isKnownPage } from "./cors-headers.ts";
import { isLocalOrigin } from "./host-names.ts";
import { isOwnOrigin } from "./origin.ts";
import { pageOriginOf } from "./page-origin.ts";

/** Which pages of others may show and read what we send. */
export interface CrossOriginOptions extends Pick<CorsOptions, "origins"> {
  /** Whose pages may have ours in a frame, besides our own: as `origins`. @default local */
  readonly frames?: readonly string[] | undefined;
}

/**
 * What our pages may load: their own, and no script or style that stands in the page itself. `data:` is what ends a stream in
 * Chromium, `blob:` how a picture is shown where it cannot be decoded aside.
 */
const PAGE_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
];

/**
 * Sets the headers that tell browsers what pages of others may do with an answer, errors included: those that may read it, show it
 * too. To change things is for our own pages.
 */
export function securityHeadersMiddleware(
  { hasPassword }: Required<Pick<CorsOptions, "hasPassword">>,
  basePath: string,
  { origins, frames }: CrossOriginOptions = {},
): RequestHandler {
  const rules: CorsOptions = { origins, hasPassword, basePath };
  return (request, response, next) => {
    response.locals["policy"] = [...PAGE_POLICY, ...frameAncestors(request, rules, frames)].join("; ");
    response.locals["isKnownPage"] = isKnownPage(request, origins);
    response.set({
      ...NON_DOCUMENT,
      ...corsHeaders(request, rules),
    });
    response.locals["withoutToken"] = () => corsHeaders(request, { ...rules, hasPassword: false });
    next();
  };
}

/**
 * Returns what the policy says of frames. A policy cannot list the names of local networks, so it refuses another page where the
 * browser says which one asks. Left out where all may: `*` would leave out the schemes of apps (CSP3, 6.7.2.8).
 */
function frameAncestors(
  request: IncomingMessage,
  { origins, hasPassword }: CorsOptions,
  frames: readonly string[] = ["local"],
): string[] {
  if (frames.includes("any")) return [];
  const named = [`frame-ancestors ${["'self'", ...frames.filter((origin) => origin !== "local")].join(" ")}`];
  if (!frames.includes("local")) return named;
  // In a frame of another site a browser sends no cookie of ours, so that only a token opens anything there.
  if (hasPassword) return [];
  const { headers } = request;
  const page = pageOriginOf(headers);
  const isKnown = page === undefined || isLocalOrigin(page, headers.host ?? "");
  return isKnown || canRead(page, request, { origins, hasToken: false }) ? [] : named;
}

/**
 * Sets the headers as for a request without a token: what let the visitor in was what the browser added by itself, and a page that
 * wrote anything for a token has shown nothing by it.
 */
export function dropTokenHeaders(response: Response): void {
  const { withoutToken } = response.locals as { withoutToken?: () => Record<string, string> };
  if (withoutToken === undefined) return;
  for (const name of ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]) response.removeHeader(name);
  response.set(withoutToken());
}

/**
 * Throws an HttpError 403 for a WebSocket that a page opens which may not read what we send.
 *
 * @param hasToken Whether the page brought a token, which counts with whatever page it is on.
 */
export function requireReader(request: IncomingMessage, { origins }: CrossOriginOptions, hasToken: boolean): void {
  const page = pageOriginOf(request.headers);
  if (page === undefined || isOwnOrigin(request) || canRead(page, request, { origins, hasToken })) return;
  throw new HttpError(403, `Not allowed: pages of ${page} cannot watch. Add the origin with --allow-origin.`);
}
