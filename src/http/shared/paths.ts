/* Express ignores case, and a slash at the end. Match paths only by these, so that both agree. */

/**
 * Returns a pattern for a route's paths, below any base path; with `isWhole`, without one. `:name`
 * becomes a named group.
 */
export function pathPattern(route: string, { isWhole = false } = {}): RegExp {
  const source = route.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:(\w+)/g, "(?<$1>[^/]+)");
  return new RegExp(`${isWhole ? "^" : ""}${source}/?$`, "i");
}

/** Returns the path of a request's URL, which may be absolute (RFC 9112, 3.2.2). */
export function pathOf(url: string): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? "";
}
