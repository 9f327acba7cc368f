import { createHmac, randomBytes } from "node:crypto";
import { networkOf } from "../net/ip-address.ts";
import { isEqualInConstantTime, type PasswordHash } from "./password-hash.ts";

export interface User {
  readonly name: string;
  readonly passwordHash: PasswordHash;
  /** As it was written: what a session is bound to, so that it ends when the password is changed. */
  readonly storedText: string;
}

/** Checks of passwords at a time: each takes memory, and a core for a while. */
const MAX_CHECKS = 4;

/** Networks that are remembered of a user: as many as a person with a phone is on in a year; the oldest goes first. */
const MAX_NETWORKS = 256;

/** More checks are asked for than are done at a time. */
export class TooManyChecks extends Error {}

/** A password that was found right, and the networks that gave it. */
interface KnownPassword {
  readonly digest: string;
  readonly networks: Set<string>;
}

/** Those who have a password. */
export class Users {
  readonly #users: ReadonlyMap<string, User>;
  /** By user: browsers send the password with every request, which a hash each would be too slow for. */
  readonly #known = new Map<string, KnownPassword>();
  readonly #key = randomBytes(32);
  #checks = 0;

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Whether the network of an address gave this user's password before. */
  hasLoggedInFrom(name: string, address: string): boolean {
    return this.#known.get(name)?.networks.has(networkOf(address)) ?? false;
  }

  /** Whether a password is the one that was found right before: costs next to nothing. */
  isKnownPassword(name: string, password: string): boolean {
    const known = this.#known.get(name);
    return known !== undefined && isEqualInConstantTime(known.digest, this.digest(password));
  }

  /**
   * Whether a password is right, and then remembers the network it came from.
   * @throws TooManyChecks
   */
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

  /** By which two passwords can be compared; it leaves no password in memory. */
  digest(password: string): string {
    return createHmac("sha256", this.#key).update(password).digest("base64");
  }

  /**
   * The user whose secret is checked for a name that nobody has, so that the time tells no names. Where the hashes of users
   * cost differently, unknown names cost as differently, each always the same.
   */
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
