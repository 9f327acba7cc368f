import type { RequestHandler } from "express";

/** A client that takes no byte for this long, in milliseconds, while there is something to take, is dropped. */
export const DRAIN_TIMEOUT_MS = 30_000;

/**
 * Ends connections on which nothing moves although bytes wait: WebKit keeps the sockets of images it no longer shows, and
 * a client may ask for a picture that it never reads. A camera without pictures gives nothing to take, which is not the
 * viewer's fault.
 */
export function drainTimeoutMiddleware(timeoutMs = DRAIN_TIMEOUT_MS): RequestHandler {
  return (_request, response, next) => {
    response.setTimeout(timeoutMs, () => {
      if (response.writableLength > 0) response.destroy();
    });
    next();
  };
}
