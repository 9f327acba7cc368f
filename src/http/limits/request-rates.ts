import type { IncomingMessage } from "node:http";
import { networkOf } from "../../net/ip-address.ts";
import { TRUST_NO_PROXY, type TrustedProxies } from "../../net/trusted-proxies.ts";
import { TokenBuckets } from "../../util/token-buckets.ts";
import { clientAddress } from "../access/client-address.ts";
import type { Connection } from "./connections.ts";
import { Overload } from "./overload.ts";
import type { Limit } from "./refusals.ts";
import { type RequestKind, requestKind } from "./request-kind.ts";

export interface RequestRatesOptions {
  /** Requests a second that are answered to an address, of each kind; 0 for no limit. */
  readonly perSecond: number;
  /** Proxies that are believed about who asks. @default nobody */
  readonly trust?: TrustedProxies;
  /** Told of each limit that an address has reached. */
  readonly onLimitReached: (limit: Limit, address: string) => void;
  /** Whether there is time to answer one more, of a kind that can wait. @default by the event loop */
  readonly hasTime?: (kind: RequestKind) => boolean;
}

/**
 * For how many seconds' worth of requests may come at once. Pictures and statuses cost the most; a page brings 25 more requests at
 * once, and after a restart everybody's streams and pages come back at once.
 */
const BURST_S: Readonly<Record<RequestKind, number>> = { ask: 1, watch: 3, send: 1, page: 3 };

/**
 * What can wait while the process is too busy, and how much of it cannot. Streams have a limit of their own, and an `<img>` would not ask
 * again. A snapshot of 100 KB costs 0.4 to 0.9 ms, a file of a page 0.3 ms (measured 2026-11-28, on one of two shared cores),
 * so that these take a tenth of a core; a wall of cameras asks for all of them at once, and a page for sixty files.
 */
const CAN_WAIT: ReadonlyMap<RequestKind, { readonly minPerSecond: number; readonly minBurst: number }> = new Map([
  ["ask", { minPerSecond: 100, minBurst: 50 }],
  ["page", { minPerSecond: 300, minBurst: 500 }],
]);

/** How often an address may ask, and all together. Kinds are counted apart, so that a flood of snapshots keeps no neighbour from a stream. */
export class RequestRates {
  readonly #rules: RequestRatesOptions;
  readonly #trust: TrustedProxies;
  readonly #allowances: ReadonlyMap<string, TokenBuckets>;
  readonly #hasTime: (kind: RequestKind) => boolean;

  constructor(rules: RequestRatesOptions) {
    const { perSecond, trust = TRUST_NO_PROXY, hasTime = byOverload() } = rules;
    this.#rules = rules;
    this.#trust = trust;
    this.#hasTime = hasTime;
    this.#allowances = new Map(
      Object.entries(BURST_S).map(([kind, seconds]) => [
        kind,
        new TokenBuckets({ perSecond, burst: Math.ceil(perSecond * seconds) }),
      ]),
    );
  }

  /** The limit that a request has reached, if it has reached one. */
  limitFor(request: IncomingMessage, connection: Connection): Limit | undefined {
    const kind = requestKind(request.url ?? "");
    const { perSecond, onLimitReached } = this.#rules;
    const address = this.#addressOf(request, connection);
    const network = address === connection.address ? connection.network : networkOf(address);
    const isOver = perSecond > 0 && this.#allowances.get(kind)?.take(network, performance.now()) === false;
    const limit = isOver ? "requests" : CAN_WAIT.has(kind) && !this.#hasTime(kind) ? "load" : undefined;
    if (limit !== undefined) onLimitReached(limit, address);
    return limit;
  }

  #addressOf({ headers }: IncomingMessage, { address, isProxy }: Connection): string {
    return isProxy ? clientAddress({ peer: address, headers }, this.#trust) : address;
  }
}

function byOverload(): (kind: RequestKind) => boolean {
  const overloads = new Map(Array.from(CAN_WAIT, ([kind, options]) => [kind, new Overload(options)]));
  return (kind) => overloads.get(kind)?.take() ?? true;
}
