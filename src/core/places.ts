import { isThisMachine, networkOf } from "./network.ts";

export interface PlacesOptions {
  /** How many there are. */
  readonly max: number;
  /** How many of them one address may have; of IPv6, one /64. */
  readonly perAddress: number;
  /** Whether this machine itself may have all. @default false */
  readonly sparesThisMachine?: boolean;
}

/** Why there is no place: all are taken, or all that one address may have. */
export type NoPlace = "all" | "address";

/** Places that some may have at a time, and no address all of them. */
export class Places {
  readonly max: number;
  readonly perAddress: number;
  readonly sparesThisMachine: boolean;
  #taken = 0;
  readonly #byNetwork = new Map<string, number>();

  constructor({ max, perAddress, sparesThisMachine = false }: PlacesOptions) {
    this.max = max;
    this.perAddress = perAddress;
    this.sparesThisMachine = sparesThisMachine;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes one for an address, with or without a port; gives what frees it again, or why there is none. */
  take(address: string): (() => void) | NoPlace {
    const network = networkOf(address);
    const own = this.#byNetwork.get(network) ?? 0;
    if (this.#taken >= this.max) return "all";
    if (own >= this.perAddress && !(this.sparesThisMachine && isThisMachine(network))) return "address";
    this.#taken++;
    this.#byNetwork.set(network, own + 1);
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      this.#taken--;
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#byNetwork.delete(network);
      else this.#byNetwork.set(network, left);
    };
  }
}
