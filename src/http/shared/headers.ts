/** Says of an image whether it is the camera's own (1) or a placeholder (0). */
export const ONLINE_HEADER = "X-Stillstream-Online";

/**
 * For answers that are not our pages: as documents they have no origin and run nothing. Firefox
 * applies it to each part of a stream.
 */
export const NON_DOCUMENT = {
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * For our scripts: a worker gets its script's policy, and none may be sandboxed (CSP 3, 6.3.2).
 * They connect to the server that their page names.
 */
export const SCRIPT_POLICY = "default-src 'none'; script-src 'self'; connect-src * ws: wss:";

export const NO_CACHE = {
  "Cache-Control": "no-store, no-cache, must-revalidate, max-age=0",
  Pragma: "no-cache",
} as const;
