import type { IncomingMessage } from "node:http";
import { HttpError } from "./errors.ts";

/**
 * Throws an HttpError 403 when a page of another site asks for a change: a stranger's page, open in a browser of this
 * network, must not set a camera. Programs send no `Origin`, and browsers always do. Behind a proxy `Host` may be the
 * proxy's word for us: then `Sec-Fetch-Site`, which the browser itself sends over https, or `X-Forwarded-Host` tells. No
 * page can write the first, nor the second without leave that `OPTIONS` does not give for a change.
 */
export function refuseOtherOrigins({ headers }: Pick<IncomingMessage, "headers">): void {
  const { origin, host } = headers;
  if (origin === undefined || headers["sec-fetch-site"] === "same-origin") return;
  const hosts = [host, ...String(headers["x-forwarded-host"] ?? "").split(",")];
  if (hosts.some((host) => isHostOf(origin, host?.trim() ?? ""))) return;
  throw new HttpError(403, `Pages of ${origin} may watch, and change nothing; ask from this server's own pages.`);
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
