import type { IncomingMessage } from "node:http";
import { HttpError } from "../shared/http-error.ts";
import { notedClient } from "./client-address.ts";
import { fetchSiteOf, isOriginAtHost, pageOriginOf } from "./page-origin.ts";

type OriginRequest = Pick<IncomingMessage, "headers">;

/** Refuses changes by other sites' pages; programs send no `Origin`. @throws HttpError 403 */
export function requireOwnOrigin(request: OriginRequest): void {
  if (isOwnOrigin(request)) return;
  const page = pageOriginOf(request.headers) ?? "another site";
  throw new HttpError(403, `Not allowed: pages of ${page} cannot change anything here. Use this server's own pages.`);
}

/**
 * Returns whether a program or our own page asks. `Sec-Fetch-Site` decides, where it is sent;
 * otherwise the page's host must be the one called.
 */
export function isOwnOrigin(request: OriginRequest): boolean {
  const { headers } = request;
  const site = fetchSiteOf(headers);
  if (site === "same-origin") return true;
  if (site === "cross-site" || site === "same-site") return false;
  const page = pageOriginOf(headers);
  if (page === undefined) return true;
  const { hosts = [headers.host ?? ""], isSecure } = notedClient(request) ?? {};
  const scheme = isSecure === undefined ? page.split(":")[0] : isSecure ? "https" : "http";
  return page.startsWith(`${scheme}:`) && hosts.some((host) => isOriginAtHost(page, host));
}
