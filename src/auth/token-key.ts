import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { LateError } from "../util/bulkhead.ts";
import { SetupError } from "../util/errors.ts";
import { writePrivateFile } from "../util/files/private-file.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";

/** RFC 7518, 3.2. */
const KEY_BYTES = 32;

const FILE = "token.key";

function tokenKeyPath(folder: string): string {
  return join(folder, FILE);
}

/** @throws SetupError if the disk hangs. */
export async function readTokenKey(folder: string): Promise<Uint8Array | undefined> {
  const text = await readSettingsFile(tokenKeyPath(folder)).catch((error: unknown) => {
    // A valid key must not be replaced.
    if (error instanceof LateError) throw new SetupError(`cannot read the key of tokens: ${error.message}`);
    return "";
  });
  const key = Buffer.from(text.trim(), "base64url");
  return key.length === KEY_BYTES ? key : undefined;
}

/**
 * Creates a key, which invalidates all tokens of the old one. @throws SetupError if it cannot be
 * saved.
 */
export async function createTokenKey(folder: string): Promise<Uint8Array> {
  const key = randomBytes(KEY_BYTES);
  const path = tokenKeyPath(folder);
  try {
    await writePrivateFile(path, `${key.toString("base64url")}\n`);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SetupError(
      `cannot save the key of tokens in ${JSON.stringify(folder)}: ${reason}. Name a writable folder by --state-dir.`,
    );
  }
  return key;
}
