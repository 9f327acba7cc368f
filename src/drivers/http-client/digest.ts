import { createHash, randomBytes } from "node:crypto";
import type { Credentials } from "./credentials.ts";

/** RFC 7616, 6.1, the strongest last. */
const HASHES = new Map([
  ["md5", "md5"],
  ["sha-256", "sha256"],
  ["sha-512-256", "sha512-256"],
]);

interface DigestOffer {
  readonly parameters: ReadonlyMap<string, string>;
  readonly strength: number;
  readonly hash: string;
  readonly isSession: boolean;
  readonly hasQop: boolean;
}

/** Returns undefined for an unknown hash or protection. */
export function readDigestOffer(parameters: ReadonlyMap<string, string>): DigestOffer | undefined {
  const [, name = "", session] = /^(.*?)(-sess)?$/.exec(parameters.get("algorithm")?.toLowerCase() || "md5") ?? [];
  const hash = HASHES.get(name);
  const qops = (parameters.get("qop") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((qop) => qop !== "");
  const isKnown = parameters.has("nonce") && (qops.length === 0 || qops.includes("auth"));
  if (hash === undefined || !isKnown) return undefined;
  const strength = [...HASHES.keys()].indexOf(name);
  return { parameters, strength, hash, isSession: session !== undefined, hasQop: qops.length > 0 };
}

/** Realms are read and sent as Latin-1; so is all that is hashed with them. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** Answers challenges (RFC 7616; without `qop`, RFC 2069). */
export class DigestSession {
  readonly #offer: DigestOffer;
  readonly #credentials: Credentials;
  readonly #cnonce: string;
  /** For -sess with the first nonce (RFC 7616, 3.4.2). */
  readonly #secret: string;
  #nonce: string;
  #count = 0;

  constructor(offer: DigestOffer, credentials: Credentials, cnonce = randomBytes(16).toString("hex")) {
    this.#offer = offer;
    this.#cnonce = cnonce;
    this.#credentials = credentials;
    this.#nonce = offer.parameters.get("nonce") ?? "";
    const { user, password } = credentials;
    const secret = this.#hash(bytesOf(user), this.#realm, bytesOf(password));
    this.#secret = offer.isSession ? this.#hash(secret, this.#nonce, this.#cnonce) : secret;
  }

  /** The server may forget a reused nonce. */
  get isReused(): boolean {
    return this.#count > 1;
  }

  /** RFC 7616, 3.5. */
  renew(nonce: string): void {
    this.#nonce = nonce;
    this.#count = 0;
  }

  header(uri: string): string {
    this.#count++;
    const { parameters, hasQop, isSession } = this.#offer;
    const count = this.#count.toString(16).padStart(8, "0");
    const target = this.#hash("GET", uri);
    const protection = hasQop ? [count, this.#cnonce, "auth"] : [];
    const fields = [
      ...this.#userFields(),
      `realm=${quoted(this.#realm)}`,
      `nonce=${quoted(this.#nonce)}`,
      `uri=${quoted(uri)}`,
      `response=${quoted(this.#hash(this.#secret, this.#nonce, ...protection, target))}`,
    ];
    if (hasQop) fields.push("qop=auth", `nc=${count}`);
    if (hasQop || isSession) fields.push(`cnonce=${quoted(this.#cnonce)}`);
    const [opaque, algorithm] = [parameters.get("opaque"), parameters.get("algorithm")];
    if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`);
    if (algorithm) fields.push(`algorithm=${algorithm}`);
    return `Digest ${fields.join(", ")}`;
  }

  get #realm(): string {
    return this.#offer.parameters.get("realm") ?? "";
  }

  /** RFC 7616, 3.4.4. */
  #userFields(): string[] {
    const { user } = this.#credentials;
    const { parameters } = this.#offer;
    if (parameters.get("userhash")?.toLowerCase() === "true") {
      return [`username=${quoted(this.#hash(bytesOf(user), this.#realm))}`, "userhash=true"];
    }
    const isUtf8 = parameters.get("charset")?.toLowerCase() === "utf-8";
    return isUtf8 && /[^ -~]/.test(user)
      ? [`username*=UTF-8''${extendedValue(user)}`]
      : [`username=${quoted(bytesOf(user))}`];
  }

  #hash(...parts: string[]): string {
    return createHash(this.#offer.hash).update(parts.join(":"), "latin1").digest("hex");
  }
}

/** RFC 9110, 5.6.4, without line ends. */
function quoted(text: string): string {
  return `"${text.replace(/[\r\n\0]/g, "").replace(/["\\]/g, "\\$&")}"`;
}

/** RFC 8187, 3.2.1 excludes some characters that `encodeURIComponent` keeps. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
