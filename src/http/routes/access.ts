import type { RequestHandler } from "express";
import type { CameraSet } from "../../core/camera-set.ts";
import { cameraFor } from "../access/authorization.ts";
import type { Gate } from "../access/gate.ts";
import { setAccessCookie } from "../access/middleware.ts";
import { HttpError } from "../shared/errors.ts";
import { NO_CACHE } from "../shared/headers.ts";

/**
 * `GET /api/access`: whether who asks may watch, and why not. A browser tells its page nothing of a WebSocket that was refused.
 * It is always answered 200: for 401 a browser would ask for a password, over a page that nobody touched. A browser that keeps one sends
 * it by itself only beside and below the page for which it was given (RFC 7617, 2.2): hence the same below `/cameras/`.
 */
export function accessRoute(cameras: CameraSet, gate: Gate): RequestHandler {
  return async (request, response) => {
    response.set(NO_CACHE);
    try {
      const access = await gate.authenticate(request);
      cameraFor(request, cameras, undefined, "view");
      const { grant, expiresAt } = access;
      // A page that stayed open for longer than its session: its WebSockets are let in again.
      if (grant === undefined) setAccessCookie(request, response, access, gate);
      response.json({ view: true, until: expiresAt === undefined ? null : expiresAt * 1000, status: 200, error: null });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      response.json({ view: false, until: null, status: error.status, error: error.message });
    }
  };
}
