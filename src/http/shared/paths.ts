/** Express ignores case, and a slash at the end: match paths only by these. */

/** Returns a pattern for paths below any base path; `:name` becomes a named group. */
export function pathPattern(route: string, { isWhole = false } = {}): RegExp {
  const source = route.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:(\w+)/g, "(?<$1>[^/]+)");
  return new RegExp(`${isWhole ? "^" : ""}${source}/?$`, "i");
}

/** The URL may be absolute (RFC 9112, 3.2.2). */
export function pathOf(url: string): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? "";
}
