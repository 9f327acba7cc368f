import { createHmac } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";

/** `view` includes `snapshot`: a viewer has every frame anyway. */
export const CAPABILITIES = ["view", "snapshot", "push", "control"] as const;

export type Capability = (typeof CAPABILITIES)[number];

export interface Grant {
  readonly cameras: readonly string[];
  readonly can: readonly Capability[];
  /** Seconds since the epoch (RFC 7519, 4.1.4). */
  readonly expiresAt: number;
}

export interface Session {
  readonly user: string;
  readonly expiresAt: number;
}

/** RFC 7519, 4.1.3: the audience tells the two kinds apart. */
const [LINK, SESSION] = ["stillstream link", "stillstream session"];

const ALGORITHM = "HS256";

/** WebSockets send no password. */
export const SESSION_S = 12 * 3600;

export async function signGrant(key: Uint8Array, { cameras, can, expiresAt }: Grant): Promise<string> {
  return await sign(key, LINK, { cameras, can }, expiresAt);
}

/** Returns undefined for a token that is not ours or has expired. */
export async function readGrant(key: Uint8Array, token: string, nowMs = Date.now()): Promise<Grant | undefined> {
  const payload = await read(key, LINK, token, nowMs);
  if (payload === undefined) return undefined;
  const { cameras, can, exp } = payload as { cameras: string[]; can: Capability[]; exp: number };
  return { cameras, can, expiresAt: exp };
}

/** Returns when a token of ours expired. */
export async function readGrantExpiry(key: Uint8Array, token: string, nowMs = Date.now()): Promise<number | undefined> {
  // jose checks the signature first.
  const error = await verify(key, LINK, token, nowMs).catch((error: unknown) => error);
  return error instanceof errors.JWTExpired ? error.payload.exp : undefined;
}

/** Signs a session, which ends when the stored password changes. */
export async function signSession(key: Uint8Array, { user, expiresAt }: Session, written: string): Promise<string> {
  return await sign(key, SESSION, { user, bound: bound(key, written) }, expiresAt);
}

/**
 * Returns undefined for a session that is not ours, has expired, is longer than sessions last, or
 * of a user whose password changed.
 */
export async function readSession(
  key: Uint8Array,
  token: string,
  writtenOf: (user: string) => string | undefined,
  nowMs = Date.now(),
): Promise<Session | undefined> {
  const payload = await read(key, SESSION, token, nowMs);
  if (payload === undefined) return undefined;
  const { user, bound: binding, exp } = payload as { user: string; bound: string; exp: number };
  // Twice: a clock may be set back a little between two runs.
  if (exp > nowMs / 1000 + 2 * SESSION_S) return undefined;
  const written = writtenOf(user);
  return written !== undefined && bound(key, written) === binding ? { user, expiresAt: exp } : undefined;
}

function bound(key: Uint8Array, written: string): string {
  return createHmac("sha256", key).update(written).digest("base64url");
}

function sign(key: Uint8Array, audience: string, claims: Record<string, unknown>, expiresAt: number): Promise<string> {
  const token = new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM }).setAudience(audience).setIssuedAt();
  return token.setExpirationTime(expiresAt).sign(key);
}

async function read(key: Uint8Array, audience: string, token: string, nowMs: number) {
  return await verify(key, audience, token, nowMs).then(
    ({ payload }) => payload,
    () => undefined,
  );
}

function verify(key: Uint8Array, audience: string, token: string, nowMs: number) {
  const currentDate = new Date(nowMs);
  return jwtVerify(token, key, { algorithms: [ALGORITHM], audience, requiredClaims: ["exp"], currentDate });
}
