import { isThisMachine, networkOf } from "./ip-address.ts";

export interface SlotsOptions {
  /** How many there are. */
  readonly max: number;
  /** How many of them one address may have; of IPv6, one /64. */
  readonly perAddress: number;
  /** Whether this machine itself may have all. @default false */
  readonly isThisMachineExempt?: boolean;
  /** Told of each address that gave a place up to another. */
  readonly onEvicted?: (address: string) => void;
}

/** Why there is no place: all are taken, or all that one address may have. */
export type SlotLimit = "all" | "address";

/** A place that is taken. */
interface Slot {
  readonly address: string;
  readonly evict: () => void;
}

/**
 * Places that clients may have at a time, and no address all of them.
 *
 * If all are taken, the address with the most gives one up to an address that has fewer even with it: so equals take
 * nothing from each other, and a place never goes back and forth. It is the newest of that address: what has lasted for
 * days, as a screen on a wall has, goes on, and a flood loses what it took last.
 */
export class Slots {
  readonly max: number;
  readonly perAddress: number;
  readonly isThisMachineExempt: boolean;
  readonly #onEvicted: (address: string) => void;
  #taken = 0;
  /** Those of each network, in the order in which they were taken. */
  readonly #byNetwork = new Map<string, Set<Slot>>();

  constructor({
    max,
    perAddress,
    isThisMachineExempt: sparesThisMachine = false,
    onEvicted: onGivenUp = () => {},
  }: SlotsOptions) {
    this.max = max;
    this.perAddress = perAddress;
    this.isThisMachineExempt = sparesThisMachine;
    this.#onEvicted = onGivenUp;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Returns why an address, with or without a port, would have none, if no other gave one up. */
  limitFor(address: string): SlotLimit | undefined {
    const network = networkOf(address);
    const own = this.#byNetwork.get(network)?.size ?? 0;
    const isSpared = this.perAddress >= this.max || (this.isThisMachineExempt && isThisMachine(network));
    if (own >= this.perAddress && !isSpared) return "address";
    return this.#taken >= this.max ? "all" : undefined;
  }

  /**
   * Takes one for an address, with or without a port. Returns what frees it again, or why there is none. `evict` ends what
   * has the place, once it is another's.
   */
  take(address: string, evict: () => void): (() => void) | SlotLimit {
    const limit = this.limitFor(address);
    const network = networkOf(address);
    if (limit === "address" || (limit === "all" && !this.#makeRoom(network))) return limit;
    const place = { address, evict };
    const own = this.#byNetwork.get(network) ?? new Set();
    this.#byNetwork.set(network, own.add(place));
    this.#taken++;
    return () => this.#free(network, place);
  }

  #makeRoom(network: string): boolean {
    const own = this.#byNetwork.get(network)?.size ?? 0;
    const most = largestOf(this.#byNetwork.values());
    const newest = Array.from(most ?? []).at(-1);
    if (most === undefined || newest === undefined || !isFewer(own, most.size)) return false;
    this.#free(networkOf(newest.address), newest);
    newest.evict();
    this.#onEvicted(newest.address);
    return true;
  }

  #free(network: string, place: Slot): void {
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
export function largestOf<T extends { readonly size: number }>(sets: Iterable<T>): T | undefined {
  let most: T | undefined;
  for (const set of sets) if (set.size > (most?.size ?? 0)) most = set;
  return most;
}
