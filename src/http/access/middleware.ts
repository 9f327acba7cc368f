import type { Request, RequestHandler, Response } from "express";
import { Authenticator } from "./authenticator.ts";
import { type Authorization, requireUser } from "./authorization.ts";
import type { Gate } from "./gate.ts";
import { dropTokenHeaders } from "./security-headers.ts";

/** Refuses clients and host names that are not allowed. */
export function admissionMiddleware(gate: Gate): RequestHandler {
  return (request, _response, next) => {
    gate.admit(request);
    next();
  };
}

/** Authenticates the client. Streams end with their authorization. */
export function authenticationMiddleware(gate: Gate): RequestHandler {
  return async (request, response, next) => {
    const access = await gate.authenticate(request);
    if (response.closed) return;
    // A grant with a cookie came from a token in this request.
    if (gate.hasPassword && (access.grant === undefined || access.cookie === undefined)) dropTokenHeaders(response);
    if (request.accepts(["json", "html"]) === "html") setAccessCookie(request, response, access, gate);
    const { expiresAt } = access;
    if (expiresAt !== undefined)
      response.once(
        "close",
        gate.heldConnections.hold(expiresAt, () => response.destroy()),
      );
    next();
  };
}

export function setAccessCookie(
  request: Request,
  response: Response,
  { cookie, expiresAt }: Authorization,
  gate: Gate,
): void {
  if (cookie === undefined) return;
  // Lax: links from elsewhere work, and other sites' pages send no cookie.
  response.cookie(Authenticator.cookieName(request), cookie, {
    httpOnly: true,
    sameSite: "lax",
    secure: request.secure,
    path: "/",
    // As a duration, since the browser's clock may differ.
    ...(expiresAt !== undefined && { maxAge: expiresAt * 1000 - gate.now() }),
  });
}

/** A token is for single cameras. */
export function usersOnlyMiddleware(): RequestHandler {
  return (request, _response, next) => {
    requireUser(request);
    next();
  };
}
