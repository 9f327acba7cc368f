import { type Challenge, parseChallenges } from "./challenges.ts";
import { basicHeader, type Credentials } from "./credentials.ts";
import { DigestSession, readDigestOffer } from "./digest.ts";
import type { ResponseHead } from "./response-head.ts";

/** The camera's own origin, its redirects, and some to spare. */
const MAX_ORIGINS = 8;

/**
 * Authenticates to each origin as its last challenge asked.
 *
 * Sends nothing before a challenge: a camera that asks for Digest must not see the password in
 * clear first.
 */
export class Authorization {
  readonly #schemes = new Map<string, DigestSession | "basic">();

  has({ origin }: URL): boolean {
    return this.#schemes.has(origin);
  }

  header(url: URL, credentials: Credentials): string | undefined {
    const way = this.#schemes.get(url.origin);
    return way instanceof DigestSession ? way.header(url.pathname + url.search) : way && basicHeader(credentials);
  }

  useBasic({ origin }: URL): void {
    this.#set(origin, "basic");
  }

  /**
   * Takes a 401. Returns whether to repeat the request: the server asks for something new, or
   * forgot the nonce.
   */
  answerChallenge({ origin }: URL, credentials: Credentials, { fields }: ResponseHead): boolean {
    const sent = this.#schemes.get(origin);
    this.#schemes.delete(origin);
    const challenges = parseChallenges(fields.all("www-authenticate"));
    const digest = strongest(challenges);
    if (digest !== undefined) {
      const isStale = digest.parameters.get("stale")?.toLowerCase() === "true";
      if (sent instanceof DigestSession && !sent.isReused && !isStale) return false;
      this.#set(origin, new DigestSession(digest, credentials));
      return true;
    }
    if (sent === "basic" || !challenges.some(({ scheme }) => scheme === "basic")) return false;
    this.#set(origin, "basic");
    return true;
  }

  learn({ origin }: URL, { fields }: ResponseHead): void {
    const way = this.#schemes.get(origin);
    const [info] = parseChallenges([`info ${fields.get("authentication-info") ?? ""}`]);
    const nonce = info?.parameters.get("nextnonce");
    if (way instanceof DigestSession && nonce) way.renew(nonce);
  }

  #set(origin: string, way: DigestSession | "basic"): void {
    const [oldest] = this.#schemes.keys();
    if (this.#schemes.size >= MAX_ORIGINS && oldest !== undefined) this.#schemes.delete(oldest);
    this.#schemes.set(origin, way);
  }
}

export function hasChallenge({ fields }: ResponseHead): boolean {
  return parseChallenges(fields.all("www-authenticate")).length > 0;
}

/** Returns the schemes of a 401 that offers neither Basic nor a known Digest. */
export function unknownSchemes({ fields }: ResponseHead): readonly string[] {
  const challenges = parseChallenges(fields.all("www-authenticate"));
  return strongest(challenges) || challenges.some(({ scheme }) => scheme === "basic") ? [] : challenges.map(nameOf);
}

function nameOf({ scheme, parameters }: Challenge): string {
  const special = ["algorithm", "qop"].flatMap((name) =>
    parameters.has(name) ? `${name}=${parameters.get(name)}` : [],
  );
  return scheme === "digest" ? `digest (${special.join(", ") || "without a nonce"})` : scheme;
}

function strongest(challenges: readonly Challenge[]) {
  const offers = challenges
    .filter(({ scheme }) => scheme === "digest")
    .flatMap(({ parameters }) => readDigestOffer(parameters) ?? []);
  return offers.sort((one, other) => other.strength - one.strength)[0];
}
