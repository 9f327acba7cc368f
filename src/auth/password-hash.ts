import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { parseArgon2 } from "./argon2.ts";

/** 32 MB and 0.1 s (OWASP's Password Storage Cheat Sheet, 2^15 with p=3). */
const COST = { ln: 15, r: 8, p: 3 } as const;

/** A hash in a file must not cost gigabytes. */
const MAX_MEMORY = 256 * 1024 * 1024;

const SALT_BYTES = 16;
const HASH_BYTES = 32;

const COMPARING_KEY = randomBytes(32);

/** `$scrypt$ln=15,r=8,p=3$salt$hash` in unpadded base64 (PHC string format). */
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export interface PasswordHash {
  readonly isPlain: boolean;
  /** Loads what the check needs. @throws SetupError if it is not installed. */
  prepare?(): Promise<void>;
  /** Takes equally long for every wrong password. */
  matches(password: string): Promise<boolean>;
}

/** Parses a hash; undefined for an unknown kind, or one that would cost too much to check. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  if (!/^\$[a-z0-9-]+\$/.test(text))
    return { isPlain: true, matches: async (password) => isEqualInConstantTime(password, text) };
  if (text.startsWith("$argon2")) return parseArgon2(text);
  const [, ln, r, p, salt = "", hash = ""] = PHC.exec(text) ?? [];
  const options = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  const memory = 128 * options.N * options.r;
  const expected = Buffer.from(hash, "base64");
  // RFC 7914, 2: r bounds N.
  const isScrypt = options.N > 1 && Number(ln) < 16 * options.r && options.p > 0;
  const isUsable = isScrypt && options.p <= 16 && memory <= MAX_MEMORY;
  // Short hashes collide by chance.
  if (!isUsable || expected.length < 16) return undefined;
  return {
    isPlain: false,
    async matches(password) {
      const actual = await derive(password, Buffer.from(salt, "base64"), expected.length, options);
      return timingSafeEqual(actual, expected);
    },
  };
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { ln, r, p } = COST;
  const hash = await derive(password, salt, HASH_BYTES, { N: 2 ** ln, r, p });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Compares texts in constant time. */
export function isEqualInConstantTime(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHmac("sha256", COMPARING_KEY).update(text).digest());
  return timingSafeEqual(a as Buffer, b as Buffer);
}

function derive(password: string, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, length, { ...options, maxmem: 2 * MAX_MEMORY }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
