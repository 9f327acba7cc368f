import { LRUCache } from "lru-cache";
import { networkOf } from "../net/ip-address.ts";

const MAX_FAILURES = 10;
const PERIOD_MS = 60_000;

const MAX_NETWORKS = 10_000;

/** Equal `attempt`s count once. */
export interface FailedLogin {
  readonly at: number;
  readonly attempt?: string;
}

/** Counts the failed logins of each network in the last minute, by `performance.now()`. */
export class FailedLogins {
  readonly #max: number;
  readonly #failures = new LRUCache<string, readonly FailedLogin[]>({ max: MAX_NETWORKS });

  constructor(max = MAX_FAILURES) {
    this.#max = max;
  }

  lockoutS(address: string, now = performance.now()): number {
    const recent = this.#recent(networkOf(address), now);
    return recent.length < this.#max ? 0 : Math.ceil(((recent[0] as FailedLogin).at + PERIOD_MS - now) / 1000);
  }

  /** Counts a failure. Returns it for `forgive`. */
  add(address: string, now = performance.now(), attempt?: string): FailedLogin {
    const network = networkOf(address);
    const recent = this.#recent(network, now);
    const known = attempt === undefined ? undefined : recent.find((failure) => failure.attempt === attempt);
    if (known !== undefined) return known;
    const failure = { at: now, ...(attempt !== undefined && { attempt }) };
    this.#failures.set(network, [...recent, failure].slice(-this.#max));
    return failure;
  }

  forgive(address: string, failure: FailedLogin): void {
    const network = networkOf(address);
    const others = (this.#failures.get(network) ?? []).filter((other) => other !== failure);
    if (others.length > 0) this.#failures.set(network, others);
    else this.#failures.delete(network);
  }

  #recent(network: string, now: number): readonly FailedLogin[] {
    return (this.#failures.get(network) ?? []).filter(({ at }) => now - at < PERIOD_MS);
  }
}
