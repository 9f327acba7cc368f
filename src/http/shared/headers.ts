/** Says of an image whether it is the camera's own (1) or a placeholder (0). */
export const ONLINE_HEADER = "X-Stillstream-Online";

/**
 * For every answer that is not one of our pages: opened as a document it has no origin, runs
 * nothing, and keeps its type. Firefox applies a stream's policy to each of its parts.
 */
export const NON_DOCUMENT = {
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * For our scripts. A worker's script brings the worker's policy, and no browser starts a sandboxed
 * worker (CSP 3, 6.3.2). Scripts connect to the server that their page names.
 */
export const SCRIPT_POLICY = "default-src 'none'; script-src 'self'; connect-src * ws: wss:";

export const NO_CACHE = {
  "Cache-Control": "no-store, no-cache, must-revalidate, max-age=0",
  Pragma: "no-cache",
} as const;
