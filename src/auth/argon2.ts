import { SetupError } from "../util/errors.ts";
import type { PasswordHash } from "./password-hash.ts";

/** As for scrypt. */
const MAX_MEMORY_KIB = 256 * 1024;

/** Measured 2026-11-28: with all of that memory they take 3 s of a core. */
const MAX_PASSES = 16;

const MAX_LANES = 16;

/** RFC 9106, 3.1. */
const [MIN_KIB_PER_LANE, MIN_SALT_BYTES] = [8, 8];

/** Short hashes collide by chance. */
const MIN_HASH_BYTES = 16;

/**
 * `$argon2id$v=19$m=65536,t=3,p=4$salt$hash` in unpadded base64 (PHC string format); without `v`
 * before version 19.
 */
const PHC =
  /^\$argon2(?:id|i|d)\$(?:v=(?:16|19)\$)?m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Parses a hash; undefined for other text, and for one that would cost too much to check. */
export function parseArgon2(text: string): PasswordHash | undefined {
  const [, m, t, p, salt = "", hash = ""] = PHC.exec(text) ?? [];
  const [memory, passes, lanes] = [Number(m), Number(t), Number(p)];
  const isBounded = memory <= MAX_MEMORY_KIB && passes <= MAX_PASSES && lanes <= MAX_LANES;
  const isWhole = passes >= 1 && lanes >= 1 && memory >= MIN_KIB_PER_LANE * lanes;
  const isLong = bytesOf(salt) >= MIN_SALT_BYTES && bytesOf(hash) >= MIN_HASH_BYTES;
  if (!isBounded || !isWhole || !isLong) return undefined;
  return {
    isPlain: false,
    prepare: async () => void (await load()),
    async matches(password) {
      const { verify } = await load();
      return await verify(text, password.normalize("NFC"));
    },
  };
}

/** The package has binaries for most platforms only. */
async function load() {
  try {
    return await import("@node-rs/argon2");
  } catch {
    throw new SetupError(
      "an argon2 hash needs the package @node-rs/argon2. Install it with npm, or use a hash made by `stillstream hash-password`.",
      2,
    );
  }
}

function bytesOf(base64: string): number {
  return Buffer.from(base64, "base64").length;
}
