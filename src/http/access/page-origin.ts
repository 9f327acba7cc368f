import type { IncomingMessage } from "node:http";

type Headers = IncomingMessage["headers"];

/**
 * Returns the origin of the page that a browser asks for: by `Origin`, which may be `null`, else by `Referer`, since browsers send no
 * `Origin` for an `<img>`. A `Referer` that is no address counts as `null`. Undefined for programs, and for pages that hide where they are.
 */
export function pageOriginOf({ origin, referer }: Headers): string | undefined {
  if (origin !== undefined) return origin;
  if (referer === undefined || referer === "") return undefined;
  return URL.canParse(referer) ? new URL(referer).origin : "null";
}

/** What the browser says of the page itself, which no page can write: https://www.w3.org/TR/fetch-metadata/. */
export function fetchSiteOf(headers: Headers): string | undefined {
  const site = headers["sec-fetch-site"];
  return site === undefined ? undefined : String(site);
}

/** Whether an origin is of a web page at the host, and the port, that a `Host` header has. */
export function isOriginAtHost(origin: string, host: string): boolean {
  try {
    const { protocol, host: originHost } = new URL(origin);
    // Parsed as the origin was, a default port and capital letters make no difference.
    return /^https?:$/.test(protocol) && originHost !== "" && new URL(`${protocol}//${host}`).host === originHost;
  } catch {
    // `null`, from a page in a sandbox, and what is no host.
    return false;
  }
}
