import type { Refusal } from "./engine/server-health.ts";

/**
 * Returns a URL with a token in its query: an `<img>` and a WebSocket have no other way to send it.
 *
 * @param token Empty for none.
 */
export function withToken(url: string, token: string) {
  if (token === "") return url;
  return `${url}${url.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
}

/**
 * Returns the URLs that an engine requests.
 *
 * @param base The server's, with a slash at its end.
 * @param token Empty for none.
 */
export function urlsOf(base: string, token: string) {
  return {
    url: withToken(`${base.replace(/^http/i, "ws")}live`, token),
    healthUrl: `${base}healthz`,
    accessUrl: withToken(`${base}${placeOf(base)}/access`, token),
  };
}

/**
 * Returns where to ask for access: beside a page of this server, since the browser sends the
 * password only there.
 */
function placeOf(base: string) {
  const isOurs = new URL(base).origin === location.origin;
  return (isOurs && /\/(cameras\/[^/]+)/.exec(location.pathname)?.[1]) || "api";
}

/** Returns what to say of a refusal. */
export function whyRefused(base: string, token: string, { status, message }: Refusal) {
  // The server has authorized this page before.
  const wasIn = token === "" && new URL(base).origin === location.origin;
  return wasIn && status === 401 ? EXPIRED : message;
}

const EXPIRED = "Your session has expired. Reload to sign in, or open a new link.";
