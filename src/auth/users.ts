import { createHmac, randomBytes } from "node:crypto";
import { isSame, type Secret } from "./secret.ts";

export interface User {
  readonly name: string;
  readonly secret: Secret;
  /** As it was written: what a session is bound to, so that it ends when the password is changed. */
  readonly written: string;
}

/** Checks of passwords at a time: each takes memory, and a core for a while. */
const MAX_CHECKS = 4;

/** More checks are asked for than are done at a time. */
export class TooManyChecks extends Error {}

/** Those who have a password. */
export class Users {
  readonly #users: ReadonlyMap<string, User>;
  /** By user, the digest of the password that was last found right: browsers send it with every request. */
  readonly #known = new Map<string, string>();
  readonly #key = randomBytes(32);
  #checks = 0;

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Whether a password was found right before: costs next to nothing. */
  isKnown(name: string, password: string): boolean {
    const known = this.#known.get(name);
    return known !== undefined && isSame(known, this.#digest(password));
  }

  /** @throws TooManyChecks */
  async check(name: string, password: string): Promise<boolean> {
    if (this.#checks >= MAX_CHECKS) throw new TooManyChecks();
    this.#checks++;
    try {
      const user = this.#users.get(name);
      // For a name that nobody has as much is done, so that the time tells no names.
      const [anybody] = this.#users.values();
      const matches = (await (user ?? anybody)?.secret.matches(password)) ?? false;
      if (user === undefined || !matches) return false;
      this.#known.set(name, this.#digest(password));
      return true;
    } finally {
      this.#checks--;
    }
  }

  #digest(password: string): string {
    return createHmac("sha256", this.#key).update(password).digest("base64");
  }
}
