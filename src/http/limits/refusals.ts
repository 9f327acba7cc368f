import { RepeatLimiter, withSuppressed } from "../../util/throttle.ts";

/** Every limit that whoever reaches the port can reach, by its name in the metrics; and what the log says of who did. */
export const LIMITS = {
  requests: "asks more often than an address may (--max-requests)",
  load: "was refused, since more is asked than this machine can answer",
  connections: "was turned away, since all connections are in use (--max-connections)",
  "connections-of-address":
    "was turned away, since all connections of an address are in use (half of --max-connections)",
  "connections-given-up": "gave a connection up to an address that has fewer, since all are in use (--max-connections)",
  arrivals: "connects more often than an address may",
  pipelining: "was cut off, since it asked on and on and took no answers",
  "head-time": "was cut off, since it did not send a whole request in time",
  "head-size": "sent a request with too long a head",
  viewers: "may not watch, since all places are taken (--max-viewers)",
  "viewers-of-address": "may watch no more, since an address has that many places (--max-viewers-per-address)",
  "viewers-given-up": "gave a viewer's place up to an address that has fewer, since all are taken (--max-viewers)",
  "live-connections": "may not watch, since all live connections are in use (--max-viewers)",
  "live-connections-of-address": "has as many live connections as an address may (--max-viewers-per-address)",
  "live-connections-given-up": "gave a live connection up to an address that has fewer, since all are in use",
  "message-streams": "may not follow messages, since all places are taken",
  "message-streams-of-address": "follows as many messages as an address may",
  "message-streams-given-up": "gave a place to follow messages up to an address that has fewer, since all are taken",
} as const;

export type Limit = keyof typeof LIMITS;

/** Told of each answer that is an error, by its status, and of the limit that somebody of an address has reached by it. */
export type OnRefused = (status: number, limit?: Limit, address?: string) => void;

/** What was refused since the start: counted for the metrics, and each limit in the log once a minute at most. */
export class Refusals {
  /** Answers that are errors, by their status. */
  readonly byStatus = new Map<number, number>();
  readonly #byLimit = new Map<Limit, number>();
  readonly #limiters = new Map<Limit, RepeatLimiter>();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void = () => {}) {
    this.#say = say;
  }

  readonly answered: OnRefused = (status, limit, address = "unknown") => {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    if (limit !== undefined) this.reached(limit, address);
  };

  /** Somebody, of this address, has reached a limit. */
  readonly reached = (limit: Limit, address: string): void => {
    this.#byLimit.set(limit, this.count(limit) + 1);
    const limiter = this.#limiters.get(limit) ?? new RepeatLimiter();
    this.#limiters.set(limit, limiter);
    const suppressed = limiter.take();
    if (suppressed !== undefined) this.#say(withSuppressed(`${address} ${LIMITS[limit]}`, suppressed));
  };

  /** How often a limit was reached. */
  count(limit: Limit): number {
    return this.#byLimit.get(limit) ?? 0;
  }
}
