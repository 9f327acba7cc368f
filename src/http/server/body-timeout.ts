import type { RequestHandler } from "express";
import { isBodyPending, sendErrorEarly } from "../shared/early-response.ts";
import { HttpError } from "../shared/errors.ts";
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
        const error = new HttpError(408, `The body did not come in ${timeoutMs / 1000} s.`);
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
