import { networkOf } from "../net/ip-address.ts";
import { FailedLogins } from "./failed-logins.ts";
import { TooManyChecks, type Users } from "./users.ts";

/**
 * Different wrong passwords within a minute from a locked-out network that gave the right one before, until that counts
 * for nothing either: what NIST SP 800-63B-4, 3.2.2, allows for an account.
 */
const MAX_FAILURES_OF_KNOWN = 100;

/** What came of a login: `waitS` is for how long the network is locked out, in seconds. */
export type Login = { readonly isRight: boolean } | { readonly waitS: number };

/**
 * Checks names and passwords, and locks networks out that give wrong ones. A password from a network that is locked out is
 * not looked at, unless the network gave that user's right password before.
 */
export class Logins {
  readonly #users: Users;
  readonly #failedLogins = new FailedLogins();
  readonly #failedLoginsOfKnown = new FailedLogins(MAX_FAILURES_OF_KNOWN);
  /** By network, name and digest: a page asks for many things at once, with a password that is one try. */
  readonly #pending = new Map<string, Promise<Login>>();

  constructor(users: Users) {
    this.#users = users;
  }

  /** Throws TooManyChecks where there is no room to check a password. */
  async logIn(name: string, password: string, address: string): Promise<Login> {
    const users = this.#users;
    const hasGiven = users.hasLoggedInFrom(name, address);
    const waitS = this.#failedLogins.lockoutS(address);
    if (waitS > 0 && (!hasGiven || this.#failedLoginsOfKnown.lockoutS(address) > 0)) return { waitS };
    if (hasGiven && users.isKnownPassword(name, password)) return { isRight: true };
    const what = JSON.stringify([name, users.digest(password)]);
    if (waitS > 0) {
      this.#failedLoginsOfKnown.add(address, undefined, what);
      return { waitS };
    }
    const key = JSON.stringify([networkOf(address), what]);
    const pending = this.#pending.get(key) ?? this.#check({ name, password, address, hasGiven });
    this.#pending.set(key, pending);
    return await pending.finally(() => this.#pending.delete(key));
  }

  /** Counts a failure before it looks, since others may come while a hash is computed, and forgives it where it was none. */
  async #check({ name, password, address, hasGiven }: Check): Promise<Login> {
    const failure = this.#failedLogins.add(address);
    try {
      const isRight = await this.#users.check(name, password, address);
      if (isRight) this.#failedLogins.forgive(address, failure);
      return { isRight };
    } catch (error) {
      // Of a known password it is told even then that this is another one.
      if (error instanceof TooManyChecks && !hasGiven) this.#failedLogins.forgive(address, failure);
      throw error;
    }
  }
}

interface Check {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly hasGiven: boolean;
}
