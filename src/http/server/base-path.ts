import type { RequestHandler } from "express";
import { queryOf } from "../shared/request.ts";

/** Sets `locals.root`, the relative path to our start: pages link by it, for proxies' prefixes. */
export function rootMiddleware(basePath: string): RequestHandler {
  // Express ignores case in paths.
  const base = basePath.toLowerCase();
  return (request, response, next) => {
    const { path } = request;
    const isOurs = path.toLowerCase().startsWith(`${base}/`);
    const own = isOurs ? path.slice(basePath.length) : path;
    // `OPTIONS *` has no path (RFC 9112, 3.2.4).
    const up = "../".repeat(Math.max(own.split("/").length - 2, 0)) || "./";
    response.locals["root"] = isOurs ? up : `${up}${basePath.slice(1)}/`;
    next();
  };
}

/** Redirects the base path without its slash. */
export function addSlashMiddleware(basePath: string): RequestHandler {
  const base = basePath.toLowerCase();
  return (request, response, next) => {
    const { path } = request;
    if (path.toLowerCase() !== base) {
      next();
      return;
    }
    const query = queryOf(request);
    response.redirect(308, `${basePath.split("/").at(-1)}/${query === "" ? "" : `?${query}`}`);
  };
}
