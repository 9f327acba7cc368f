import type { Request, RequestHandler, Response } from "express";
import { Authenticator } from "./authenticator.ts";
import { type Authorization, requireUser } from "./authorization.ts";
import type { Gate } from "./gate.ts";
import { dropTokenHeaders } from "./security-headers.ts";

/** Refuses whoever is not to be answered at all. */
export function admissionMiddleware(gate: Gate): RequestHandler {
  return (request, _response, next) => {
    gate.admit(request);
    next();
  };
}

/**
 * Finds out what a visitor may do, and has the browser keep it for what a page asks for itself; an answer that lasts ends
 * when that does.
 */
export function authenticationMiddleware(gate: Gate): RequestHandler {
  return async (request, response, next) => {
    const access = await gate.authenticate(request);
    if (response.closed) return;
    // A grant with a cookie to keep is of a token that this request brought.
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

/** Has the browser keep what let a visitor in. */
export function setAccessCookie(
  request: Request,
  response: Response,
  { cookie, expiresAt }: Authorization,
  gate: Gate,
): void {
  if (cookie === undefined) return;
  // Lax: a link that leads here from elsewhere is to work, and what pages elsewhere ask for brings nothing.
  response.cookie(Authenticator.cookieName(request), cookie, {
    httpOnly: true,
    sameSite: "lax",
    secure: request.secure,
    path: "/",
    // By how long it lasts, since the browser's clock may be another.
    ...(expiresAt !== undefined && { maxAge: expiresAt * 1000 - gate.now() }),
  });
}

/** Refuses clients with only a token, which is for single cameras. */
export function usersOnlyMiddleware(): RequestHandler {
  return (request, _response, next) => {
    requireUser(request);
    next();
  };
}
