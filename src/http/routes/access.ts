import type { RequestHandler } from "express";
import type { CameraSet } from "../../core/camera-set.ts";
import { cameraFor } from "../access/authorization.ts";
import type { Gate } from "../access/gate.ts";
import { setAccessCookie } from "../access/middleware.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";

/**
 * Says whether the client may watch: browsers hide why a WebSocket was refused. Always 200, since a
 * 401 opens the password dialog. Browsers send a password only below its page (RFC 7617, 2.2),
 * hence also below `/cameras/`.
 */
export function accessRoute(cameras: CameraSet, gate: Gate): RequestHandler {
  return async (request, response) => {
    response.set(NO_CACHE);
    try {
      const access = await gate.authenticate(request);
      cameraFor(request, cameras, undefined, "view");
      const { grant, expiresAt } = access;
      // Renews the session of a page that outlived it, so that its WebSockets may connect again.
      if (grant === undefined) setAccessCookie(request, response, access, gate);
      response.json({ view: true, until: expiresAt === undefined ? null : expiresAt * 1000, status: 200, error: null });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      response.json({ view: false, until: null, status: error.status, error: error.message });
    }
  };
}
