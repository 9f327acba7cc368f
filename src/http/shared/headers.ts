/** 1 for the camera's own image, 0 for a placeholder. */
export const ONLINE_HEADER = "X-Stillstream-Online";

/**
 * As documents, such answers have no origin and run nothing. Firefox applies it to each part of a
 * stream.
 */
export const NON_DOCUMENT = {
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * A worker gets its script's policy, and none may be sandboxed (CSP 3, 6.3.2). Scripts connect to
 * the server that their page names.
 */
export const SCRIPT_POLICY = "default-src 'none'; script-src 'self'; connect-src * ws: wss:";

export const NO_CACHE = {
  "Cache-Control": "no-store, no-cache, must-revalidate, max-age=0",
  Pragma: "no-cache",
} as const;
