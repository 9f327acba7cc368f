import type { IncomingMessage } from "node:http";

type Headers = IncomingMessage["headers"];

/**
 * Returns `Origin`, else that of `Referer`, since an `<img>` sends no `Origin`; `null` if invalid.
 * Undefined for programs and pages that hide it.
 */
export function pageOriginOf({ origin, referer }: Headers): string | undefined {
  if (origin !== undefined) return origin;
  if (referer === undefined || referer === "") return undefined;
  return URL.canParse(referer) ? new URL(referer).origin : "null";
}

/** No page can forge it: https://www.w3.org/TR/fetch-metadata/. */
export function fetchSiteOf(headers: Headers): string | undefined {
  const site = headers["sec-fetch-site"];
  return site === undefined ? undefined : String(site);
}

export function isOriginAtHost(origin: string, host: string): boolean {
  try {
    const { protocol, host: originHost } = new URL(origin);
    // Parsed alike, default ports and case make no difference.
    return /^https?:$/.test(protocol) && originHost !== "" && new URL(`${protocol}//${host}`).host === originHost;
  } catch {
    // `null`, from a sandboxed page, or not a host.
    return false;
  }
}
