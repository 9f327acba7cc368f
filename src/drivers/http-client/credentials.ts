/** A user and password, as they stand in a URL. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Returns the user and password of a URL, percent-decoded; undefined if it has none. */
export function credentialsIn({ username, password }: URL): Credentials | undefined {
  if (username === "" && password === "") return undefined;
  return { user: percentDecoded(username), password: percentDecoded(password) };
}

/** Returns a basic `Authorization` field (RFC 7617). */
export function basicHeader({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/**
 * Whether a redirect may take the user and password along: to the same origin, or on the same host from http to https, both
 * on their usual ports. So do curl (the first) and Python's requests (both).
 */
export function mayTakeCredentials(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  const isUpgrade = from.protocol === "http:" && to.protocol === "https:" && from.port === "" && to.port === "";
  return isUpgrade && from.hostname === to.hostname;
}

/** A URL may hold a bare % (https://url.spec.whatwg.org/#percent-decode): that text is taken as it is. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
