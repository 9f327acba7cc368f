import { parsePasswordHash } from "../auth/password-hash.ts";
import { createTokenKey, readTokenKey } from "../auth/token-key.ts";
import { type User, Users } from "../auth/users.ts";
import { credentials, type Settings } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import { Authenticator } from "../http/access/authenticator.ts";
import { SetupError } from "../util/errors.ts";
import { FilePoller } from "../util/files/file-poller.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";
import type { Logger } from "../util/log/logger.ts";
import { Throttle, withSuppressed } from "../util/throttle.ts";

/** A revoked token stays valid up to this long. */
const POLL_MS = 1000;

/** Guesses must not fill the log. */
const FAILURES_EVERY_MS = 60_000;

/** Holds the users, and the key that signs tokens. */
export class PasswordStore {
  readonly authenticator: Authenticator;
  #key: Uint8Array;
  readonly #folder: string;
  readonly #failures: Throttle<string>;
  #follower: FilePoller<Uint8Array | undefined> | undefined;

  /** Reads users and key; undefined without users. @throws SetupError for unusable settings. */
  static async open(settings: Settings, log: Logger): Promise<PasswordStore | undefined> {
    const { auth, authFile, stateDir, title } = settings;
    const users = [
      ...(await Promise.all(auth.map((text) => readUser(text, "--auth")))),
      ...(await readUsers(authFile)),
    ];
    if (users.length === 0) return undefined;
    const plain = users.filter(({ passwordHash: secret }) => secret.isPlain).map(({ name }) => name);
    if (plain.length > 0) {
      log.warn(`Plain-text password of ${plain.join(", ")}: replace it with its hash, from stillstream hash-password`);
    }
    const folder = stateDirOf(stateDir, process.env);
    const key = (await readTokenKey(folder)) ?? (await createTokenKey(folder));
    return new PasswordStore(new Users(users), { folder, key, title, log });
  }

  private constructor(
    users: Users,
    { folder, key, title, log }: { folder: string; key: Uint8Array; title: string; log: Logger },
  ) {
    this.#key = key;
    this.#folder = folder;
    this.#failures = new Throttle((text, leftOut) => log.warn(withSuppressed(text, leftOut)), {
      everyMs: FAILURES_EVERY_MS,
    });
    this.authenticator = new Authenticator({
      users,
      key: () => this.#key,
      realm: title,
      onFailure: (address) => this.#failures.put(`Login failed: ${address} gave a wrong password or token`),
    });
  }

  /** Watches the key, which another process may change. */
  follow(onNew: () => void): void {
    this.#follower = new FilePoller<Uint8Array | undefined>(this.#key, {
      read: () => readTokenKey(this.#folder),
      everyMs: POLL_MS,
      settleMs: 0,
      onChange: (reading) => {
        const key = "content" in reading ? reading.content : undefined;
        if (key === undefined || Buffer.compare(key, this.#key) === 0) return;
        this.#key = key;
        onNew();
      },
    });
  }

  close(): void {
    this.#follower?.close();
    this.#failures.close();
  }
}

async function readUsers(path: string | undefined): Promise<User[]> {
  if (path === undefined) return [];
  const text = await readSettingsFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(
      `--auth-file: ${path} cannot be read (${error.code}). Name a file with one user:hash a line.`,
      2,
    );
  });
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const written = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  const users = await Promise.all(
    written.map(({ line, number }) => readUser(line, `--auth-file ${path}, line ${number}`)),
  );
  if (users.length === 0) throw new SetupError(`--auth-file: ${path} has no user. Write one user:hash a line.`, 2);
  return users;
}

/** Errors do not quote the text: it may be a password. */
async function readUser(text: string, label: string): Promise<User> {
  const [, name = "", written = ""] = /^([^:]*):(.*)$/s.exec(credentials(text) ?? "") ?? [];
  const secret = written === "" ? undefined : parsePasswordHash(written);
  if (secret === undefined) {
    throw new SetupError(`${label}: the value is invalid. It must be user:password, or user:hash ${HASHES}.`, 2);
  }
  try {
    await secret.prepare?.();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`${label}: ${error.message}`, 2);
  }
  return { name, passwordHash: secret, storedText: written };
}

const HASHES = "as stillstream hash-password makes it, or by argon2, of at most 256 MB and 16 passes";
