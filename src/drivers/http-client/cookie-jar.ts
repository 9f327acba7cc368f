/** RFC 6265, 6.1. */
const MAX_COOKIES = 50;
const MAX_COOKIE_BYTES = 4096;

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly isSecure: boolean;
  /** By `performance.now()`. */
  readonly expiresAt: number;
}

/**
 * Keeps a camera's cookies (RFC 6265), each for the host that set it. `Domain` widens nothing, so
 * no list of public suffixes is needed.
 */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /**
   * Stores `Set-Cookie` fields. `Expires` counts from `Date`: the camera's clock may be years off.
   */
  store(url: URL, fields: readonly string[], date?: string): void {
    for (const field of fields) {
      const cookie = field.length <= MAX_COOKIE_BYTES ? parseCookie(url, field, date) : undefined;
      if (cookie === undefined) continue;
      const key = `${cookie.host} ${cookie.path} ${cookie.name}`;
      this.#cookies.delete(key);
      if (cookie.expiresAt > performance.now()) this.#cookies.set(key, cookie);
      const [oldest] = this.#cookies.keys();
      if (this.#cookies.size > MAX_COOKIES && oldest !== undefined) this.#cookies.delete(oldest);
    }
  }

  header(url: URL): string | undefined {
    const now = performance.now();
    const cookies = [...this.#cookies.values()]
      .filter(({ host, isSecure }) => host === url.hostname && (!isSecure || url.protocol === "https:"))
      .filter(({ path, expiresAt }) => pathMatches(url.pathname, path) && expiresAt > now)
      // Longer paths first (RFC 6265, 5.4).
      .sort((one, other) => other.path.length - one.path.length);
    return cookies.length === 0 ? undefined : cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  }
}

/** RFC 6265, 5.2. */
function parseCookie(url: URL, field: string, date?: string): Cookie | undefined {
  const [pair = "", ...rest] = field.split(";");
  const attributes = new Map(
    rest.map((text) => splitAt(text, "=")).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const [name, value] = splitAt(pair, "=");
  if (name === "" || !isPrintable(name + value)) return undefined;
  const path = attributes.get("path") ?? "";
  return {
    name,
    value,
    host: url.hostname,
    path: path.startsWith("/") ? path : url.pathname.replace(/\/[^/]*$/, "") || "/",
    isSecure: attributes.has("secure"),
    expiresAt: performance.now() + lifeMs(attributes.get("max-age"), attributes.get("expires"), date),
  };
}

function isPrintable(text: string): boolean {
  return Buffer.from(text, "latin1").every((byte) => byte >= 0x20 && byte !== 0x7f);
}

function lifeMs(maxAge: string | undefined, expires: string | undefined, date: string | undefined): number {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) * 1000;
  const end = Date.parse(expires ?? "");
  if (Number.isNaN(end)) return Number.POSITIVE_INFINITY;
  const now = Date.parse(date ?? "");
  return end - (Number.isNaN(now) ? Date.now() : now);
}

/** RFC 6265, 5.1.4. */
function pathMatches(path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}

function splitAt(text: string, separator: string): [before: string, behind: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
