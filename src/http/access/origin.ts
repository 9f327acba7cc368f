import type { IncomingMessage } from "node:http";
import { HttpError } from "../shared/http-error.ts";
import { notedClient } from "./client-address.ts";
import { fetchSiteOf, isOriginAtHost, pageOriginOf } from "./page-origin.ts";

type Asked = Pick<IncomingMessage, "headers">;

/**
 * Throws an HttpError 403 when a page of another site asks for a change: a stranger's page, open in a browser of this
 * network, must not set a camera. Programs send no `Origin`, and browsers always do.
 */
export function requireOwnOrigin(request: Asked): void {
  if (isOwnOrigin(request)) return;
  const page = pageOriginOf(request.headers) ?? "another site";
  throw new HttpError(403, `Not allowed: pages of ${page} cannot change anything here. Use this server's own pages.`);
}

/**
 * Whether a request comes from a page of ours, or from a program. The browser's own word counts first, where it gives one,
 * which is to https and to this machine. Else the page's host must be the one that the client called: that of `Host`, or of
 * `X-Forwarded-Host` or `Forwarded` from a trusted proxy. An untrusted peer's word for it counts for nothing.
 */
export function isOwnOrigin(request: Asked): boolean {
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
