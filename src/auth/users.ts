import { createHmac, randomBytes } from "node:crypto";
import { networkOf } from "../net/ip-address.ts";
import { isEqualInConstantTime, type PasswordHash } from "./password-hash.ts";

export interface User {
  readonly name: string;
  readonly passwordHash: PasswordHash;
  /** As configured. Sessions end when it changes. */
  readonly storedText: string;
}

/** Each takes memory and a core. */
const MAX_CHECKS = 4;

/** As many as a person with a phone visits in a year. */
const MAX_NETWORKS = 256;

export class TooManyChecks extends Error {}

interface KnownPassword {
  readonly digest: string;
  readonly networks: Set<string>;
}

export class Users {
  readonly #users: ReadonlyMap<string, User>;
  /** Browsers send the password with every request: a hash each would be too slow. */
  readonly #known = new Map<string, KnownPassword>();
  readonly #key = randomBytes(32);
  #checks = 0;

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  hasLoggedInFrom(name: string, address: string): boolean {
    return this.#known.get(name)?.networks.has(networkOf(address)) ?? false;
  }

  isKnownPassword(name: string, password: string): boolean {
    const known = this.#known.get(name);
    return known !== undefined && isEqualInConstantTime(known.digest, this.digest(password));
  }

  /** Checks a password, and remembers the network if it is right. @throws TooManyChecks */
  async check(name: string, password: string, address: string): Promise<boolean> {
    if (this.#checks >= MAX_CHECKS) throw new TooManyChecks();
    this.#checks++;
    try {
      const user = this.#users.get(name);
      const matches = (await (user ?? this.#decoyFor(name))?.passwordHash.matches(password)) ?? false;
      if (user === undefined || !matches) return false;
      this.#remember(name, password, address);
      return true;
    } finally {
      this.#checks--;
    }
  }

  /** Digests a password: none stays in memory. */
  digest(password: string): string {
    return createHmac("sha256", this.#key).update(password).digest("base64");
  }

  /** Returns a user to check for an unknown name, so the time reveals no names. */
  #decoyFor(name: string): User | undefined {
    const number = createHmac("sha256", this.#key).update(name).digest().readUInt32BE();
    return [...this.#users.values()][number % this.#users.size];
  }

  #remember(name: string, password: string, address: string): void {
    const digest = this.digest(password);
    const known = this.#known.get(name);
    const networks = known?.digest === digest ? known.networks : new Set<string>();
    this.#known.set(name, { digest, networks });
    networks.add(networkOf(address));
    const [oldest] = networks;
    if (networks.size > MAX_NETWORKS && oldest !== undefined) networks.delete(oldest);
  }
}
