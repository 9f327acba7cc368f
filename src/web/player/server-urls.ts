import type { Refusal } from "./engine/server-health.ts";

/**
 * An address with a token in its query: an `<img>` and a WebSocket can send it in no other way.
 *
 * @param token Empty for none.
 */
export function withToken(url: string, token: string) {
  if (token === "") return url;
  return `${url}${url.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
}

/**
 * The addresses that an engine asks.
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
 * Where to ask for access: beside the page, if it is of this server, or a browser would not send
 * the password that was given for it.
 */
function placeOf(base: string) {
  const isOurs = new URL(base).origin === location.origin;
  return (isOurs && /\/(cameras\/[^/]+)/.exec(location.pathname)?.[1]) || "api";
}

/** What to say of a refusal. */
export function whyRefused(base: string, token: string, { status, message }: Refusal) {
  // The server let this page in before.
  const wasIn = token === "" && new URL(base).origin === location.origin;
  return wasIn && status === 401 ? EXPIRED : message;
}

const EXPIRED = "Your session has expired. Reload to sign in, or open a new link.";
