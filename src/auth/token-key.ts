import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { LateError } from "../util/bulkhead.ts";
import { SetupError } from "../util/errors.ts";
import { writePrivateFile } from "../util/files/private-file.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";

/** As long as the digest (RFC 7518, 3.2). */
const KEY_BYTES = 32;

const FILE = "token.key";

/** Where the key is kept by which tokens are signed. */
function tokenKeyPath(folder: string): string {
  return join(folder, FILE);
}

/** The key kept in a folder; undefined where there is none. Throws a SetupError when the folder hangs. */
export async function readTokenKey(folder: string): Promise<Uint8Array | undefined> {
  const text = await readSettingsFile(tokenKeyPath(folder)).catch((error: unknown) => {
    // A good one may be there, and is not to be replaced.
    if (error instanceof LateError) throw new SetupError(`the key of tokens cannot be read: ${error.message}`);
    return "";
  });
  const key = Buffer.from(text.trim(), "base64url");
  return key.length === KEY_BYTES ? key : undefined;
}

/**
 * Makes a key and keeps it in a folder, for its owner's eyes alone. What the one before it signed is good no more.
 * @throws SetupError when it cannot be kept.
 */
export async function createTokenKey(folder: string): Promise<Uint8Array> {
  const key = randomBytes(KEY_BYTES);
  const path = tokenKeyPath(folder);
  try {
    await writePrivateFile(path, `${key.toString("base64url")}\n`);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SetupError(
      `the key of tokens cannot be kept in ${JSON.stringify(folder)} (${reason}); name a folder that can be written to with --state-dir`,
    );
  }
  return key;
}
