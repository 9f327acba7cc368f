import type { RequestHandler } from "express";
import { isBodyPending, sendErrorEarly } from "../shared/early-response.ts";
import { HttpError } from "../shared/http-error.ts";
import { pathPattern } from "../shared/paths.ts";

/** Bodies are small, except those with frames. */
const BODY_TIMEOUT_MS = 30_000;

/** Publishers have a timeout of their own. */
const PICTURES = pathPattern("/cameras/:name/frames");

/** Node's own timeout would end publishers, too. */
export function bodyTimeoutMiddleware(timeoutMs = BODY_TIMEOUT_MS): RequestHandler {
  return (request, response, next) => {
    if (isBodyPending(request) && !PICTURES.test(request.path)) {
      const timer = setTimeout(() => {
        if (request.complete || request.socket.destroyed) return;
        const error = new HttpError(408, `Request timeout: the body did not arrive within ${timeoutMs / 1000} s.`);
        // The rest of its body would keep the connection.
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

/** For a client that reads nothing while bytes wait for it. */
export const DRAIN_TIMEOUT_MS = 30_000;

/** Closes stalled connections: WebKit keeps the sockets of images it no longer shows. */
export function drainTimeoutMiddleware(timeoutMs = DRAIN_TIMEOUT_MS): RequestHandler {
  return (_request, response, next) => {
    response.setTimeout(timeoutMs, () => {
      if (response.writableLength > 0) response.destroy();
    });
    next();
  };
}
