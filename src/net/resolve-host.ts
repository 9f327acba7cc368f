import { type LookupAddress, type LookupOptions, lookup as lookupNow } from "node:dns";
import type { LookupFunction } from "node:net";
import { LRUCache } from "lru-cache";
import { Bulkhead, LateError } from "../util/bulkhead.ts";

/**
 * How many names are looked up at a time. Each holds one of libuv's four threads, for half a minute if no name server answers
 * (resolv.conf(5): two or three servers, 5 s, two attempts).
 */
const MAX_LOOKUPS = 2;

/** How long a connection waits for the address of its host, in milliseconds: it has 8 s in all (see tcp-client.ts). */
const TIMEOUT_MS = 5000;

/** How many names are remembered: those of the configuration, and those that cameras redirect to. */
const MAX_KNOWN = 256;

export interface HostLookupOptions {
  /** Looks a name up; Node's own, but for tests. */
  readonly lookup?: (host: string, options: LookupOptions) => Promise<LookupAddress[]>;
  readonly limit?: number;
  readonly timeoutMs?: number;
}

/**
 * Looks host names up by the system, hosts file and mDNS included, without ever blocking the thread pool. Equal questions are asked
 * once. While no name server answers, a name has the address it had last.
 */
export class HostLookup {
  readonly #lookup: (host: string, options: LookupOptions) => Promise<LookupAddress[]>;
  readonly #bulkhead: Bulkhead;
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, Promise<LookupAddress[]>>();
  readonly #known = new LRUCache<string, LookupAddress[]>({ max: MAX_KNOWN });

  constructor({ lookup = lookupAll, limit = MAX_LOOKUPS, timeoutMs = TIMEOUT_MS }: HostLookupOptions = {}) {
    this.#lookup = lookup;
    this.#timeoutMs = timeoutMs;
    this.#bulkhead = new Bulkhead({ limit, timeoutMs });
  }

  /** Every address of a host. Throws with a `code`, of getaddrinfo(3) or `ETIMEOUT`, when there is none or none in time. */
  async resolve(host: string, options: LookupOptions = {}): Promise<LookupAddress[]> {
    const key = JSON.stringify([host.toLowerCase(), options.family, options.hints, options.verbatim, options.order]);
    const pending = this.#pending.get(key) ?? this.#ask(key, host, options);
    try {
      return await pending;
    } catch (error) {
      const known = this.#known.get(key);
      if (known !== undefined && isNoAnswer(error)) return known;
      if (!(error instanceof LateError)) throw error;
      const message = `the name ${host} could not be looked up in ${this.#timeoutMs / 1000} s: no name server answers`;
      throw Object.assign(new Error(message, { cause: error }), { code: "ETIMEOUT" });
    }
  }

  #ask(key: string, host: string, options: LookupOptions): Promise<LookupAddress[]> {
    // One that hangs is not asked again beside itself: its answer, late as it is, is for those who come.
    let isAsked = false;
    const asked = this.#bulkhead.run(`Looking up ${host}`, () => {
      isAsked = true;
      const answer = this.#lookup(host, options);
      const forget = () => void this.#pending.delete(key);
      answer.then((addresses) => {
        forget();
        this.#known.set(key, addresses);
      }, forget);
      return answer;
    });
    this.#pending.set(key, asked);
    asked.catch(() => {
      if (!isAsked) this.#pending.delete(key);
    });
    return asked;
  }
}

const hosts = new HostLookup();

/**
 * Looks names up for `connect`, `request` and `createSocket`, as their option `lookup`: without it a name server that does not answer
 * stops all other work of the thread pool.
 */
export const lookup: LookupFunction = (host, options, callback) => {
  hosts.resolve(host, options).then(
    (addresses) => {
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, ""),
  );
};

/**
 * Gives the address of a host, which may be one itself: of several one of IPv4, since most small programs know no other. Throws as
 * `HostLookup.resolve` does.
 */
export async function resolveHost(host: string): Promise<LookupAddress> {
  const [first] = await hosts.resolve(host, { verbatim: false });
  return first as LookupAddress;
}

/** Whether the name servers are at fault, rather than the name. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof LateError || (error as NodeJS.ErrnoException).code === "EAI_AGAIN";
}

function lookupAll(host: string, options: LookupOptions): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookupNow(host, { ...options, all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}
