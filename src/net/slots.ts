import { isThisMachine, networkOf } from "./ip-network.ts";

export interface PlacesOptions {
  /** How many there are. */
  readonly max: number;
  /** How many of them one address may have; of IPv6, one /64. */
  readonly perAddress: number;
  /** Whether this machine itself may have all. @default false */
  readonly sparesThisMachine?: boolean;
  /** Told of each address that gave a place up to another. */
  readonly onGivenUp?: (address: string) => void;
}

/** Why there is no place: all are taken, or all that one address may have. */
export type NoPlace = "all" | "address";

/** A place that is taken. */
interface Place {
  readonly address: string;
  readonly giveUp: () => void;
}

/**
 * Places that clients may have at a time, and no address all of them.
 *
 * If all are taken, the address with the most gives one up to an address that has fewer even with it: so equals take
 * nothing from each other, and a place never goes back and forth. It is the newest of that address: what has lasted for
 * days, as a screen on a wall has, goes on, and a flood loses what it took last.
 */
export class Places {
  readonly max: number;
  readonly perAddress: number;
  readonly sparesThisMachine: boolean;
  readonly #onGivenUp: (address: string) => void;
  #taken = 0;
  /** Those of each network, in the order in which they were taken. */
  readonly #byNetwork = new Map<string, Set<Place>>();

  constructor({ max, perAddress, sparesThisMachine = false, onGivenUp = () => {} }: PlacesOptions) {
    this.max = max;
    this.perAddress = perAddress;
    this.sparesThisMachine = sparesThisMachine;
    this.#onGivenUp = onGivenUp;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Returns why an address, with or without a port, would have none, if no other gave one up. */
  limitFor(address: string): NoPlace | undefined {
    const network = networkOf(address);
    const own = this.#byNetwork.get(network)?.size ?? 0;
    const isSpared = this.perAddress >= this.max || (this.sparesThisMachine && isThisMachine(network));
    if (own >= this.perAddress && !isSpared) return "address";
    return this.#taken >= this.max ? "all" : undefined;
  }

  /**
   * Takes one for an address, with or without a port. Returns what frees it again, or why there is none. `giveUp` ends what
   * has the place, once it is another's.
   */
  take(address: string, giveUp: () => void): (() => void) | NoPlace {
    const limit = this.limitFor(address);
    const network = networkOf(address);
    if (limit === "address" || (limit === "all" && !this.#makeRoom(network))) return limit;
    const place = { address, giveUp };
    const own = this.#byNetwork.get(network) ?? new Set();
    this.#byNetwork.set(network, own.add(place));
    this.#taken++;
    return () => this.#free(network, place);
  }

  #makeRoom(network: string): boolean {
    const own = this.#byNetwork.get(network)?.size ?? 0;
    const most = mostOf(this.#byNetwork.values());
    const newest = Array.from(most ?? []).at(-1);
    if (most === undefined || newest === undefined || !isFewer(own, most.size)) return false;
    this.#free(networkOf(newest.address), newest);
    newest.giveUp();
    this.#onGivenUp(newest.address);
    return true;
  }

  #free(network: string, place: Place): void {
    const own = this.#byNetwork.get(network);
    if (own?.delete(place) !== true) return;
    this.#taken--;
    if (own.size === 0) this.#byNetwork.delete(network);
  }
}

/** Returns whether an address with `own` has no more than one with `most` after it got one of it. */
export function isFewer(own: number, most: number): boolean {
  return own + 1 <= most - 1;
}

/** Returns the largest; the first of equals. */
export function mostOf<T extends { readonly size: number }>(sets: Iterable<T>): T | undefined {
  let most: T | undefined;
  for (const set of sets) if (set.size > (most?.size ?? 0)) most = set;
  return most;
}
