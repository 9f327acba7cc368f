import { networkOf } from "../core/network.ts";

/** So many wrong passwords within a minute, and an address has to wait. */
const MAX_FAILURES = 10;
const PERIOD_MS = 60_000;

/** Addresses that are remembered; the one that failed longest ago goes first. */
const MAX_ADDRESSES = 10_000;

/** Who gave wrong passwords of late, by address. */
export class Failures {
  readonly #times = new Map<string, number[]>();

  /** How long an address has to wait before it may try again, in seconds; 0 when it may now. */
  waitS(address: string, now = performance.now()): number {
    const times = this.#recent(networkOf(address), now);
    return times.length < MAX_FAILURES ? 0 : Math.ceil(((times[0] as number) + PERIOD_MS - now) / 1000);
  }

  add(address: string, now = performance.now()): void {
    const network = networkOf(address);
    const times = [...this.#recent(network, now), now].slice(-MAX_FAILURES);
    this.#times.delete(network);
    this.#times.set(network, times);
    const [oldest] = this.#times.keys();
    if (this.#times.size > MAX_ADDRESSES && oldest !== undefined) this.#times.delete(oldest);
  }

  #recent(network: string, now: number): number[] {
    return (this.#times.get(network) ?? []).filter((time) => now - time < PERIOD_MS);
  }
}
