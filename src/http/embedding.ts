import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { HttpError } from "./errors.ts";
import { NO_DOCUMENT, ONLINE_HEADER } from "./headers.ts";
import { isOwnOrigin } from "./origin.ts";

/** Which pages of others may show and read what we send; origins as browsers write them, such as `https://dash.example`. */
export interface EmbeddingRules {
  /** Whose pages may read streams, snapshots and status. @default all */
  readonly origins?: readonly string[] | undefined;
  /** Whose pages may have ours in a frame, besides our own. @default all */
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
 * Sets the headers that tell browsers what pages of others may do with an answer, errors included: by default all may
 * embed and read it, since dashboards stand on origins of their own. To change things is for our own pages: browsers
 * that ask for another are told of reading only.
 */
export function embeddingHeaders({ origins, frames }: EmbeddingRules): RequestHandler {
  // Left out where all may: `*` would leave out the schemes of apps (CSP3, 6.7.2.8).
  const ancestors = frames === undefined ? [] : [`frame-ancestors ${["'self'", ...frames].join(" ")}`];
  const policy = [...PAGE_POLICY, ...ancestors].join("; ");
  return (request, response, next) => {
    response.locals["policy"] = policy;
    response.set({
      ...NO_DOCUMENT,
      "Access-Control-Expose-Headers": `Age, X-Timestamp, Retry-After, ${ONLINE_HEADER}`,
    });
    if (origins === undefined) {
      response.set({ "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" });
    } else {
      const origin = askingOrigin(request);
      const isAllowed = origin !== undefined && origins.includes(origin);
      response.set("Cross-Origin-Resource-Policy", isAllowed ? "cross-origin" : "same-origin");
      if (isAllowed) response.set("Access-Control-Allow-Origin", origin);
      response.vary("Origin");
    }
    next();
  };
}

/** Throws an HttpError 403 for a WebSocket that a page opens which may not read what we send. */
export function refuseReaders(request: IncomingMessage, { origins }: EmbeddingRules): void {
  const { origin } = request.headers;
  if (origins === undefined || origin === undefined || origins.includes(origin) || isOwnOrigin(request)) return;
  throw new HttpError(403, `Pages of ${origin} may not watch: add the origin with --allow-origin.`);
}

/** Browsers send no `Origin` for an `<img>` that need not be read; but where the page is, unless it hides that. */
function askingOrigin({ headers }: IncomingMessage): string | undefined {
  if (headers.origin !== undefined) return headers.origin;
  const { referer = "" } = headers;
  return URL.canParse(referer) ? new URL(referer).origin : undefined;
}
