import { type LookupAddress, type LookupOptions, lookup as lookupNow } from "node:dns";
import type { LookupFunction } from "node:net";
import { LRUCache } from "lru-cache";
import { Bulkhead, LateError } from "../util/bulkhead.ts";

/**
 * Each holds one of libuv's four threads, for half a minute if no name server answers
 * (resolv.conf(5): 2 or 3 servers, 5 s, 2 attempts).
 */
const MAX_LOOKUPS = 2;

/** A connection has 8 s in all (tcp-client.ts). */
const TIMEOUT_MS = 5000;

/** Of the configuration, and of redirects. */
const MAX_KNOWN = 256;

export interface HostLookupOptions {
  /** Tests replace it. @default node:dns */
  readonly lookup?: (host: string, options: LookupOptions) => Promise<LookupAddress[]>;
  readonly limit?: number;
  readonly timeoutMs?: number;
}

/**
 * Looks up names by the system, mDNS included, without blocking the thread pool. While no name
 * server answers, the last addresses count.
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

  /** Throws with a `code` of getaddrinfo(3), or `ETIMEOUT`. */
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
    // A hanging lookup is not repeated.
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

/** Keeps a silent name server from stopping the thread pool. */
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

/** Prefers IPv4: most small programs know no other. */
export async function resolveHost(host: string): Promise<LookupAddress> {
  const [first] = await hosts.resolve(host, { verbatim: false });
  return first as LookupAddress;
}

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
