import type { IncomingMessage } from "node:http";
import { FailedLogins } from "../../auth/failed-logins.ts";
import { ForwardClock } from "../../auth/forward-clock.ts";
import { Logins } from "../../auth/logins.ts";
import {
  type Grant,
  readGrant,
  readGrantExpiry,
  readSession,
  SESSION_S,
  signGrant,
  signSession,
} from "../../auth/tokens.ts";
import { TooManyChecks, type Users } from "../../auth/users.ts";
import { HttpError } from "../shared/http-error.ts";
import type { Authorization } from "./authorization.ts";

export interface AuthenticatorOptions {
  readonly users: Users;
  /** Changes with a rotation. */
  readonly key: () => Uint8Array;
  /** Shown in the browser's password dialog. */
  readonly realm: string;
  /** @default the system clock, which here never goes back */
  readonly clock?: ForwardClock;
  /** Receives the address of each wrong password and token. */
  readonly onFailure?: (address: string) => void;
}

type AuthRequest = Pick<IncomingMessage, "headers" | "url" | "socket">;

const COOKIE = "stillstream";

/** Authenticates clients by password, session cookie or token. */
export class Authenticator {
  readonly clock: ForwardClock;
  readonly #options: AuthenticatorOptions;
  readonly #logins: Logins;
  /** A page left open with a revoked token must lock nobody out. */
  readonly #badTokens = new FailedLogins();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.clock = options.clock ?? new ForwardClock();
    this.#logins = new Logins(options.users);
  }

  /**
   * Returns what a client may do. `trustsBrowser` is false for other sites' pages: the browser's
   * own password or cookie then does not count. @throws HttpError 401, or 429 after many failures
   */
  async authenticate(request: AuthRequest, address: string, trustsBrowser: boolean): Promise<Authorization> {
    const { headers } = request;
    const [, scheme = "", credentials = ""] = /^(\S+) +(\S+) *$/.exec(headers.authorization ?? "") ?? [];
    const cookie = trustsBrowser ? cookieOf(request) : undefined;
    if (/^basic$/i.test(scheme) && trustsBrowser) {
      const { access, waitS } = await this.#byPassword(credentials, address);
      if (access !== undefined) return access;
      // Browsers send the password beside the cookie: a lock-out must not end the cookie's session.
      const stored = await this.#byCookie(cookie);
      if (stored !== undefined) return stored;
      throw lockedOut("passwords", address, waitS);
    }
    if (/^bearer$/i.test(scheme)) return await this.#byToken(credentials, address);
    const token = tokenOf(request);
    const stored = await this.#byCookie(cookie);
    if (stored !== undefined && (stored.grant === undefined || token === undefined)) return stored;
    if (token !== undefined) return await this.#byToken(token, address);
    throw this.#refusal(
      cookie === undefined
        ? "Sign in required: send a password or a token."
        : "Your session has expired. Reload to sign in, or open a new link.",
    );
  }

  async makeToken(grant: Grant): Promise<string> {
    return await signGrant(this.#options.key(), grant);
  }

  /** Browsers store cookies by host alone, not by port (RFC 6265, 8.5). */
  static cookieName({ socket }: Pick<IncomingMessage, "socket">): string {
    return `${COOKIE}_${socket.localPort ?? 0}`;
  }

  /** Leaves `access` out if the address is locked out; the password is then not checked. */
  async #byPassword(credentials: string, address: string): Promise<{ access?: Authorization; waitS: number }> {
    const { users, key } = this.#options;
    const [, name = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
    const login = await this.#logins.logIn(name, password, address).catch((error: unknown) => {
      if (!(error instanceof TooManyChecks)) throw error;
      throw new HttpError(503, "Server busy: it is checking too many passwords. Try again in a moment.", {
        "Retry-After": "1",
      });
    });
    if ("waitS" in login) return login;
    if (!login.isRight) {
      this.#options.onFailure?.(address);
      throw this.#refusal("Sign-in failed: wrong name or password.");
    }
    const expiresAt = Math.floor(this.clock.now() / 1000) + SESSION_S;
    const cookie = await signSession(key(), { user: name, expiresAt }, users.get(name)?.storedText ?? "");
    return { access: { cookie }, waitS: 0 };
  }

  async #byCookie(cookie: string | undefined): Promise<Authorization | undefined> {
    if (cookie === undefined) return undefined;
    const session = await this.#session(cookie);
    if (session !== undefined) return { expiresAt: session.expiresAt };
    const grant = await readGrant(this.#options.key(), cookie, this.clock.now());
    return grant && { grant, expiresAt: grant.expiresAt };
  }

  async #byToken(token: string, address: string): Promise<Authorization> {
    const grant = await readGrant(this.#options.key(), token, this.clock.now());
    if (grant !== undefined) return { grant, expiresAt: grant.expiresAt, cookie: token };
    const endedAt = await readGrantExpiry(this.#options.key(), token, this.clock.now());
    // An expired token is no guess, and a page left open sends it again and again.
    if (endedAt !== undefined)
      throw this.#refusal(`Token expired: it was valid until ${formatTime(endedAt)}. ${HOW}`, BAD_TOKEN);
    const waitS = this.#badTokens.lockoutS(address);
    if (waitS > 0) throw lockedOut("tokens", address, waitS);
    this.#badTokens.add(address);
    this.#options.onFailure?.(address);
    throw this.#refusal(`Invalid token: it is incomplete or was revoked. ${HOW}`, BAD_TOKEN);
  }

  #session(cookie: string) {
    const { key, users } = this.#options;
    return readSession(key(), cookie, (user) => users.get(user)?.storedText, this.clock.now());
  }

  #refusal(message: string, challenge = `Basic realm="${quotable(this.#options.realm)}", charset="UTF-8"`): HttpError {
    return new HttpError(401, message, { "WWW-Authenticate": challenge });
  }
}

function lockedOut(what: string, address: string, waitS: number): HttpError {
  return new HttpError(429, `Too many wrong ${what} from ${address}. Try again in ${waitS} s.`, {
    "Retry-After": String(waitS),
  });
}

/** With it a browser opens no password dialog (RFC 6750, 3.1). */
const BAD_TOKEN = 'Bearer error="invalid_token"';

const HOW = "Ask for a new link, or sign in.";

function formatTime(epochSeconds: number): string {
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  return `${format.format(epochSeconds * 1000)} UTC`;
}

function cookieOf(request: AuthRequest): string | undefined {
  const name = Authenticator.cookieName(request);
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function tokenOf({ url = "" }: AuthRequest): string | undefined {
  if (!url.includes("?")) return undefined;
  return new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("token") ?? undefined;
}

/** A title may have any characters (RFC 9110, 5.6.4). */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&");
}
