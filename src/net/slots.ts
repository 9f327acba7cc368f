import { isThisMachine, networkOf } from "./ip-address.ts";

export interface SlotsOptions {
  readonly max: number;
  /** For IPv6, one /64. */
  readonly perAddress: number;
  /** @default false */
  readonly isThisMachineExempt?: boolean;
  readonly onEvicted?: (address: string) => void;
}

export type SlotLimit = "all" | "address";

interface Slot {
  readonly address: string;
  readonly evict: () => void;
}

/**
 * Slots for clients.
 *
 * If all are taken, the address with the most loses its newest one to an address that still has
 * fewer afterwards. So a slot never goes back and forth, a screen that has lasted for days stays,
 * and a flood loses what it took last.
 */
export class Slots {
  readonly max: number;
  readonly perAddress: number;
  readonly isThisMachineExempt: boolean;
  readonly #onEvicted: (address: string) => void;
  #taken = 0;
  /** In the order they were taken. */
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

  /** Says why an address would get no slot without an eviction. */
  limitFor(address: string): SlotLimit | undefined {
    const network = networkOf(address);
    const own = this.#byNetwork.get(network)?.size ?? 0;
    const isSpared = this.perAddress >= this.max || (this.isThisMachineExempt && isThisMachine(network));
    if (own >= this.perAddress && !isSpared) return "address";
    return this.#taken >= this.max ? "all" : undefined;
  }

  /**
   * Returns a function that frees the slot, or why there is none. Calls `evict` if another client
   * gets it.
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

/** Returns whether taking one still leaves `own` at most equal. */
export function isFewer(own: number, most: number): boolean {
  return own + 1 <= most - 1;
}

export function largestOf<T extends { readonly size: number }>(sets: Iterable<T>): T | undefined {
  let most: T | undefined;
  for (const set of sets) if (set.size > (most?.size ?? 0)) most = set;
  return most;
}
