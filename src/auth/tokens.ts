import { createHmac } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";

/** What a token may be good for. To view is also to take snapshots: whoever watches has every picture. */
export const CAPABILITIES = ["view", "snapshot", "push", "control"] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** What a token lets its holder do, and until when. */
export interface Grant {
  /** Cameras by their names. */
  readonly cameras: readonly string[];
  readonly can: readonly Capability[];
  /** In seconds since the epoch (RFC 7519, 4.1.4). */
  readonly expiresAt: number;
}

/** Who has given a password, for a while. */
export interface Session {
  readonly user: string;
  readonly expiresAt: number;
}

/** The two are told apart by whom they are for (RFC 7519, 4.1.3). */
const [LINK, SESSION] = ["stillstream link", "stillstream session"];

const ALGORITHM = "HS256";

/** How long a browser that gave the password may do without, in seconds: WebSockets bring none. */
export const SESSION_S = 12 * 3600;

export async function signGrant(key: Uint8Array, { cameras, can, expiresAt }: Grant): Promise<string> {
  return await sign(key, LINK, { cameras, can }, expiresAt);
}

/** Undefined for a token that is not ours, or over at `nowMs`, in milliseconds since the epoch. */
export async function readGrant(key: Uint8Array, token: string, nowMs = Date.now()): Promise<Grant | undefined> {
  const payload = await read(key, LINK, token, nowMs);
  if (payload === undefined) return undefined;
  const { cameras, can, exp } = payload as { cameras: string[]; can: Capability[]; exp: number };
  return { cameras, can, expiresAt: exp };
}

/** When a token was over, in seconds since the epoch; undefined for one that is not ours, or is not over. */
export async function readGrantExpiry(key: Uint8Array, token: string, nowMs = Date.now()): Promise<number | undefined> {
  // Found out of one whose signature is right, and only then.
  const error = await verify(key, LINK, token, nowMs).catch((error: unknown) => error);
  return error instanceof errors.JWTExpired ? error.payload.exp : undefined;
}

/** `written` is the user's secret as it was written: a session ends when that is changed. */
export async function signSession(key: Uint8Array, { user, expiresAt }: Session, written: string): Promise<string> {
  return await sign(key, SESSION, { user, bound: bound(key, written) }, expiresAt);
}

/**
 * Undefined for a session that is not ours, over, or of a user whose secret was changed; also for one that would last
 * longer than sessions do, which a clock that was ahead has made.
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
  // Twice: a clock may be set back by a little between two runs.
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
