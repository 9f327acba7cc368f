import type { RequestHandler } from "express";
import { allowedMethods } from "./methods.ts";

/** On a picture: whether it is the camera's own (1), or a card (0). */
export const ONLINE_HEADER = "X-Stillstream-Online";

/**
 * For every answer that is no page of ours: a browser that opens one as a document gives it no origin, runs nothing in it,
 * and goes by its type alone. Firefox applies the policy of a stream to each of its parts.
 */
export const NON_DOCUMENT = {
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * For our scripts. Those of workers bring the policy of the worker, and no browser starts one that is sandboxed (CSP 3,
 * 6.3.2). They connect to the server that the page names.
 */
export const SCRIPT_POLICY = "default-src 'none'; script-src 'self'; connect-src * ws: wss:";

/** For whatever changes with every look. */
export const NO_CACHE = {
  "Cache-Control": "no-store, no-cache, must-revalidate, max-age=0",
  Pragma: "no-cache",
} as const;

/**
 * What a page of another origin may send to read, besides what it always may (Fetch, "CORS-safelisted request-header"): what
 * libraries add to get nothing out of a cache, or only what is new. Never `Content-Type`, nor anything that this
 * server decides by: a browser that has learned that a header is allowed sends it by POST, too.
 */
const ALLOWED_HEADERS = "Cache-Control, Pragma, If-None-Match, If-Modified-Since, X-Requested-With";

/** Answers what a browser asks before it asks from a page of another origin. For changes the answer allows nothing. */
export const optionsMiddleware: RequestHandler = (request, response, next) => {
  if (request.method !== "OPTIONS") {
    next();
    return;
  }
  response.set("Allow", allowedMethods(request.path).join(", "));
  const wanted = request.headers["access-control-request-method"] ?? "GET";
  if (wanted !== "GET" && wanted !== "HEAD") {
    for (const name of ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]) response.removeHeader(name);
  } else if (response.hasHeader("Access-Control-Allow-Origin")) {
    // A stranger's page could guess passwords by it, in the name of an address of this network; `?token=` is for all.
    const isKnown = response.locals["isKnownPage"] === true;
    response.set({
      "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Headers": isKnown ? `Authorization, ${ALLOWED_HEADERS}` : ALLOWED_HEADERS,
      "Access-Control-Max-Age": "86400",
    });
  }
  response.status(204).end();
};
