/*
 * Express finds routes whatever the capitals in a path, with a slash at its end or without. Whatever else looks at a path
 * does so by these functions, so that it means the same paths.
 */

/**
 * Returns a pattern for the paths of a route, below any base path. `:name` stands for what is between two slashes, as a named
 * group. With `isWhole` the base path must be gone already.
 */
export function pathPattern(route: string, { isWhole = false } = {}): RegExp {
  const source = route.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:(\w+)/g, "(?<$1>[^/]+)");
  return new RegExp(`${isWhole ? "^" : ""}${source}/?$`, "i");
}

/**
 * Returns the path of a request's URL, which may be absolute (RFC 9112, 3.2.2), without query and fragment; empty of one
 * that has none.
 */
export function pathOf(url: string): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? "";
}
