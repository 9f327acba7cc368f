export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export function credentialsIn({ username, password }: URL): Credentials | undefined {
  if (username === "" && password === "") return undefined;
  return { user: percentDecoded(username), password: percentDecoded(password) };
}

/** RFC 7617. */
export function basicHeader({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/**
 * Allows the same origin, as curl and Python's requests; or from http to https on one host and
 * usual ports, as requests.
 */
export function mayTakeCredentials(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  const isUpgrade = from.protocol === "http:" && to.protocol === "https:" && from.port === "" && to.port === "";
  return isUpgrade && from.hostname === to.hostname;
}

/** A URL may hold a bare % (https://url.spec.whatwg.org/#percent-decode). */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
