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
  /** Per IP address and kind; 0 for no limit. */
  readonly perSecond: number;
  /** @default none */
  readonly trust?: TrustedProxies;
  readonly onLimitReached: (limit: Limit, address: string) => void;
  /** @default by the event loop */
  readonly hasTime?: (kind: RequestKind) => boolean;
}

/** A page loads 25 files; after a restart all streams return at once. */
const BURST_S: Readonly<Record<RequestKind, number>> = { api: 1, stream: 3, ingest: 1, page: 3 };

/**
 * What can wait during overload, and the rate always admitted: a tenth of a core. Streams have
 * their own limit; an `<img>` would not retry. A wall asks for all cameras at once, a page for
 * sixty files. Measured 2026-11-28, one of two shared cores: a snapshot of 100 KB 0.4 to 0.9 ms, a
 * page's file 0.3 ms.
 */
const CAN_WAIT: ReadonlyMap<RequestKind, { readonly minPerSecond: number; readonly minBurst: number }> = new Map([
  ["api", { minPerSecond: 100, minBurst: 50 }],
  ["page", { minPerSecond: 300, minBurst: 500 }],
]);

/** Limits requests per IP address, and of all; kinds apart, so snapshots block no stream. */
export class RequestRates {
  readonly #options: RequestRatesOptions;
  readonly #trust: TrustedProxies;
  readonly #buckets: ReadonlyMap<string, TokenBuckets>;
  readonly #hasTime: (kind: RequestKind) => boolean;

  constructor(options: RequestRatesOptions) {
    const { perSecond, trust = TRUST_NO_PROXY, hasTime = byOverload() } = options;
    this.#options = options;
    this.#trust = trust;
    this.#hasTime = hasTime;
    this.#buckets = new Map(
      Object.entries(BURST_S).map(([kind, seconds]) => [
        kind,
        new TokenBuckets({ perSecond, burst: Math.ceil(perSecond * seconds) }),
      ]),
    );
  }

  limitFor(request: IncomingMessage, connection: Connection): Limit | undefined {
    const kind = requestKind(request.url ?? "");
    const { perSecond, onLimitReached } = this.#options;
    const address = this.#addressOf(request, connection);
    const network = address === connection.address ? connection.network : networkOf(address);
    const isOver = perSecond > 0 && this.#buckets.get(kind)?.take(network, performance.now()) === false;
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
