import type { RequestHandler } from "express";
import { isBodyPending, sendErrorEarly } from "../shared/early-response.ts";
import { HttpError } from "../shared/http-error.ts";
import { pathPattern } from "../shared/paths.ts";

/** How long a request's body may take, in milliseconds: those we take are small, but for pictures. */
const BODY_TIMEOUT_MS = 30_000;

/** Where bodies may stay open: what brings pictures has a patience of its own. */
const PICTURES = pathPattern("/cameras/:name/frames");

/** Ends requests whose body is not there in time. Node's own limit would end streams of pictures too. */
export function bodyTimeoutMiddleware(timeoutMs = BODY_TIMEOUT_MS): RequestHandler {
  return (request, response, next) => {
    if (isBodyPending(request) && !PICTURES.test(request.path)) {
      const timer = setTimeout(() => {
        if (request.complete || request.socket.destroyed) return;
        const error = new HttpError(408, `Request timeout: the body did not arrive within ${timeoutMs / 1000} s.`);
        // Also of a request that was answered before its end, whose body would keep the connection.
        if (response.headersSent) request.socket.destroy();
        else void sendErrorEarly(request, response, error);
      }, timeoutMs).unref();
      request.once("end", () => clearTimeout(timer));
      response.once("close", () => {
        if (request.socket.destroyed) clearTimeout(timer);
      });
    }
    next();
  };
}

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
