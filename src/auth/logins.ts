import { networkOf } from "../net/ip-address.ts";
import { FailedLogins } from "./failed-logins.ts";
import { TooManyChecks, type Users } from "./users.ts";

/**
 * Wrong passwords a minute from a locked-out network that has logged in before: what NIST SP
 * 800-63B-4, 3.2.2, allows for an account.
 */
const MAX_FAILURES_OF_KNOWN = 100;

/** `waitS` is how long the network is locked out. */
export type Login = { readonly isRight: boolean } | { readonly waitS: number };

/**
 * Checks passwords, and locks out networks that give wrong ones, unless they have logged in as that
 * user before.
 */
export class Logins {
  readonly #users: Users;
  readonly #failedLogins = new FailedLogins();
  readonly #failedLoginsOfKnown = new FailedLogins(MAX_FAILURES_OF_KNOWN);
  /** A page sends many requests at once with one password: one attempt. */
  readonly #pending = new Map<string, Promise<Login>>();

  constructor(users: Users) {
    this.#users = users;
  }

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

  /** Others may arrive during the check. */
  async #check({ name, password, address, hasGiven }: Check): Promise<Login> {
    const failure = this.#failedLogins.add(address);
    try {
      const isRight = await this.#users.check(name, password, address);
      if (isRight) this.#failedLogins.forgive(address, failure);
      return { isRight };
    } catch (error) {
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
