import { RepeatLimiter, withSuppressed } from "../../util/throttle.ts";

/** By their names in the metrics, with their log events. */
export const LIMITS = {
  requests: "Request refused: too many from one IP address (--max-requests)",
  load: "Request refused: the server is overloaded",
  connections: "Connection refused: all are in use (--max-connections)",
  "connections-of-address": "Connection refused: one IP address has its maximum (half of --max-connections)",
  "connections-given-up": "Connection cut for an IP address with fewer: all are in use (--max-connections)",
  arrivals: "Connection refused: too many new ones from one IP address",
  pipelining: "Connection cut: the client sends requests and reads no responses",
  "head-time": "Connection cut: the request's headers took too long",
  "head-size": "Request refused: its headers are too large",
  viewers: "Viewer refused: all slots are taken (--max-viewers)",
  "viewers-of-address": "Viewer refused: one IP address has its maximum (--max-viewers-per-address)",
  "viewers-given-up": "Viewer ended for an IP address with fewer: all slots are taken (--max-viewers)",
  "live-connections": "Live connection refused: all are in use (--max-viewers)",
  "live-connections-of-address": "Live connection refused: one IP address has its maximum (--max-viewers-per-address)",
  "live-connections-given-up": "Live connection ended for an IP address with fewer: all are in use (--max-viewers)",
  "message-streams": "Message stream refused: all slots are taken",
  "message-streams-of-address": "Message stream refused: one IP address has its maximum",
  "message-streams-given-up": "Message stream ended for an IP address with fewer: all slots are taken",
} as const;

export type Limit = keyof typeof LIMITS;

/** Receives each error response, and the limit that the client reached. */
export type OnRefused = (status: number, limit?: Limit, address?: string) => void;

/** Counts refusals, and logs each limit at most once a minute. */
export class Refusals {
  readonly byStatus = new Map<number, number>();
  readonly #byLimit = new Map<Limit, number>();
  readonly #limiters = new Map<Limit, RepeatLimiter>();
  readonly #warn: (fields: { readonly address: string }, event: string) => void;

  constructor(warn: (fields: { readonly address: string }, event: string) => void = () => {}) {
    this.#warn = warn;
  }

  readonly answered: OnRefused = (status, limit, address = "unknown") => {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    if (limit !== undefined) this.reached(limit, address);
  };

  readonly reached = (limit: Limit, address: string): void => {
    this.#byLimit.set(limit, this.count(limit) + 1);
    const limiter = this.#limiters.get(limit) ?? new RepeatLimiter();
    this.#limiters.set(limit, limiter);
    const suppressed = limiter.take();
    if (suppressed !== undefined) this.#warn({ address }, withSuppressed(LIMITS[limit], suppressed));
  };

  count(limit: Limit): number {
    return this.#byLimit.get(limit) ?? 0;
  }
}
