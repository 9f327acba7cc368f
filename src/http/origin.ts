import type { IncomingMessage } from "node:http";
import { HttpError } from "./errors.ts";

/**
 * Throws an HttpError 403 when a page of another site asks for a change: a stranger's page, open in a browser of this
 * network, must not set a camera. Programs send no `Origin`, and browsers always do. Behind a proxy `Host` may be the
 * proxy's word for us: then `Sec-Fetch-Site`, which the browser itself sends over https, or `X-Forwarded-Host` tells. No
 * page can write the first, nor the second without leave that `OPTIONS` does not give for a change.
 */
export function refuseOtherOrigins(request: Pick<IncomingMessage, "headers">): void {
  const { origin } = request.headers;
  if (isOwnOrigin(request)) return;
  throw new HttpError(403, `Pages of ${origin} may watch, and change nothing; ask from this server's own pages.`);
}

/** Whether a request comes from a page of ours, or from a program. */
export function isOwnOrigin({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const { origin, host } = headers;
  if (origin === undefined || headers["sec-fetch-site"] === "same-origin") return true;
  const hosts = [host, ...String(headers["x-forwarded-host"] ?? "").split(",")];
  return hosts.some((host) => isHostOf(origin, host?.trim() ?? ""));
}

function isHostOf(origin: string, host: string): boolean {
  try {
    const { protocol, host: originHost } = new URL(origin);
    // Parsed as the origin was, a default port and capital letters make no difference.
    return originHost !== "" && new URL(`${protocol}//${host}`).host === originHost;
  } catch {
    // `null`, from a page in a sandbox, and what is no host.
    return false;
  }
}
