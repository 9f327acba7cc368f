import type { RequestHandler } from "express";
import { pathPattern } from "../shared/paths.ts";

const READING = ["GET", "HEAD", "OPTIONS"];

const OTHERS: readonly (readonly [path: RegExp, methods: readonly string[]])[] = [
  [pathPattern("/api/cameras/:name/controls"), [...READING, "PATCH"]],
  [pathPattern("/api/cameras/:name/messages"), [...READING, "POST"]],
  [pathPattern("/api/tokens"), ["POST", "OPTIONS"]],
  [pathPattern("/cameras/:name/share.svg"), ["POST", "OPTIONS"]],
  // `curl -T` sends by PUT.
  [pathPattern("/cameras/:name/frames"), ["POST", "PUT", "OPTIONS"]],
];

export function allowedMethods(path: string): readonly string[] {
  return OTHERS.find(([pattern]) => pattern.test(path))?.[1] ?? READING;
}

/**
 * Allowed for reading, beyond Fetch's "CORS-safelisted request-header": libraries add them to
 * bypass caches. Never `Content-Type`: browsers would send it with POST, too.
 */
const ALLOWED_HEADERS = "Cache-Control, Pragma, If-None-Match, If-Modified-Since, X-Requested-With";

/** A CORS preflight for a change allows nothing. */
export function optionsMiddleware(): RequestHandler {
  return (request, response, next) => {
    if (request.method !== "OPTIONS") {
      next();
      return;
    }
    response.set("Allow", allowedMethods(request.path).join(", "));
    const wanted = request.headers["access-control-request-method"] ?? "GET";
    if (wanted !== "GET" && wanted !== "HEAD") {
      for (const name of ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]) response.removeHeader(name);
    } else if (response.hasHeader("Access-Control-Allow-Origin")) {
      // A stranger's page could guess passwords with it.
      const isKnown = response.locals["isKnownPage"] === true;
      response.set({
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Access-Control-Allow-Headers": isKnown ? `Authorization, ${ALLOWED_HEADERS}` : ALLOWED_HEADERS,
        "Access-Control-Max-Age": "86400",
      });
    }
    response.status(204).end();
  };
}
