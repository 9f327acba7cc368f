import { type Challenge, parseChallenges } from "./challenges.ts";
import { basicHeader, type Credentials } from "./credentials.ts";
import { DigestSession, readDigestOffer } from "./digest.ts";
import type { ResponseHead } from "./response-head.ts";

/** Origins that are remembered: the camera's own, the one that it redirects to, and some to spare. */
const MAX_ORIGINS = 8;

/**
 * How to authenticate to each origin, as its last challenge asked. What worked is sent with the next request at once.
 *
 * Nothing is sent before a challenge: a camera that asks for Digest must not see the password in clear first.
 */
export class Authorization {
  readonly #schemes = new Map<string, DigestSession | "basic">();

  /** True when something is sent to this origin. */
  has({ origin }: URL): boolean {
    return this.#schemes.has(origin);
  }

  /** Returns the `Authorization` field for the next request; undefined if there is none yet. */
  header(url: URL, credentials: Credentials): string | undefined {
    const way = this.#schemes.get(url.origin);
    return way instanceof DigestSession ? way.header(url.pathname + url.search) : way && basicHeader(credentials);
  }

  /** Sends the password to this origin by basic authentication from now on. */
  useBasic({ origin }: URL): void {
    this.#set(origin, "basic");
  }

  /**
   * Takes a response with status 401. Returns whether the request should be sent again: the server asks for something new,
   * or has forgotten the nonce that was used. Otherwise it refuses the user and password, and they are not sent again.
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

  /** Takes the nonce for the next request from `Authentication-Info`, if the response names one. */
  learn({ origin }: URL, { fields }: ResponseHead): void {
    const way = this.#schemes.get(origin);
    // Its parameters stand alone, as those of a challenge do behind the scheme.
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

/** Whether a 401 says how to authenticate. */
export function hasChallenge({ fields }: ResponseHead): boolean {
  return parseChallenges(fields.all("www-authenticate")).length > 0;
}

/** The names of what a 401 asks for that is neither Basic nor a Digest that is known. */
export function unknownSchemes({ fields }: ResponseHead): readonly string[] {
  const challenges = parseChallenges(fields.all("www-authenticate"));
  return strongest(challenges) || challenges.some(({ scheme }) => scheme === "basic") ? [] : challenges.map(nameOf);
}

/** The scheme, and what is special about a Digest that is not known. */
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
