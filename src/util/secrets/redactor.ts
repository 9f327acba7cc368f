import { LRUCache } from "lru-cache";
import { shortened } from "../shortened.ts";
import { firstByte, follow } from "./encoded.ts";
import { placeOf } from "./secret-address.ts";
import { type Address, createIndex, HIDDEN, type Index, readAddresses } from "./secret-index.ts";

/** A camera may redirect to another address each time. */
const MAX_LEARNED = 16;

/** In characters; cameras choose both. Measured 2026-11-30: 16,000 characters took up to 2 s. */
const MAX_LENGTH = 2048;
const MAX_LEARNED_LENGTH = 2048;

/**
 * Hides known addresses and secrets in texts. An address becomes scheme, host and port, however
 * encoded or cut; a secret becomes `***`.
 */
export class Redactor {
  readonly #own: readonly Address[];
  readonly #secrets: readonly string[];
  readonly #learned = new LRUCache<string, Address>({ max: MAX_LEARNED });
  #index: Index | undefined;

  constructor(addresses: readonly string[] = [], secrets: readonly string[] = []) {
    this.#own = addresses.flatMap(readAddresses);
    this.#secrets = secrets;
  }

  /** Hides this address too, such as a redirect's. */
  learn(address: string): void {
    for (const read of readAddresses(address.slice(0, MAX_LEARNED_LENGTH))) {
      if ([...this.#own, ...this.#learned.values()].some(({ text }) => text === read.text)) continue;
      this.#learned.set(read.text, read);
      this.#index = undefined;
    }
  }

  /** Hides secrets; reduces every URL to scheme, host and port. */
  hide(text: string): string {
    return this.#hide(text, true);
  }

  /** Hides secrets; keeps unknown URLs. */
  hideKnown(text: string): string {
    return this.#hide(text, false);
  }

  #hide(whole: string, isEveryUrl: boolean): string {
    const text = shortened(whole, MAX_LENGTH);
    this.#index ??= createIndex([...this.#own, ...this.#learned.values()], this.#secrets);
    let hidden = "";
    let at = 0;
    while (at < text.length) {
      const url = readUrl(text, at, this.#index);
      const found =
        (url?.known && showKnown(text, url, this.#index)) ??
        findKnown(text, at, this.#index) ??
        (url && showOther(url, this.#index, isEveryUrl));
      hidden += found?.shown ?? text[at];
      at = found?.end ?? at + 1;
    }
    return hidden;
  }
}

interface Found {
  readonly shown: string;
  readonly end: number;
}

/** A part of one may begin another. */
function findKnown(text: string, at: number, index: Index): Found | undefined {
  const found = longestAt(text, at, index);
  if (found?.shown !== HIDDEN) return found;
  let { end } = found;
  for (let next = at + 1; next < end; next++) {
    const other = longestAt(text, next, index);
    if (other?.shown === HIDDEN) end = Math.max(end, other.end);
  }
  return { shown: HIDDEN, end };
}

function longestAt(text: string, at: number, { known, all }: Index): Found | undefined {
  const byte = firstByte(text, at);
  for (const { bytes, shown, anywhere } of byte < 0 ? all : (known.get(byte) ?? [])) {
    const { matched, end } = follow(text, at, bytes);
    if (matched < bytes.length) continue;
    if (anywhere || !(isWithinWord(text, at) || isWithinWord(text, end))) return { shown, end };
  }
  return undefined;
}

function isWithinWord(text: string, at: number): boolean {
  return /^[\p{L}\p{N}]{2}$/u.test(text.slice(Math.max(0, at - 1), at + 1));
}

interface Url {
  readonly start: string | undefined;
  readonly end: number;
  readonly host: string | undefined;
  readonly known: { readonly address: Address; readonly end: number; readonly isWhole: boolean } | undefined;
}

function readUrl(text: string, at: number, { addresses }: Index): Url | undefined {
  const known = longestKnown(text, at, addresses);
  const start = isWithinWord(text, at) ? undefined : URL_START.exec(text.slice(at, at + 64))?.[0];
  if (start === undefined) return known && { start, end: known.end, host: undefined, known };
  const from = at + start.length;
  const run = /^[^\s"'`<>]*/.exec(text.slice(from))?.[0].replace(/(?<![:.,;)\]}])[:.,;)\]}]+$/, "") ?? "";
  const end = Math.max(from + run.length, known?.end ?? 0);
  return { start, end, host: placeOf(text.slice(from, end)).host, known };
}

function showKnown(text: string, { start, end, host, known }: Url, index: Index): Found | undefined {
  if (known === undefined) return undefined;
  if (start === undefined) return { shown: known.address.label, end };
  if (isKnownHost(host, index)) return { shown: `${start}${host}`, end };
  // Cut within the credentials, their user would look like a host.
  const isCutOff = known.isWhole || CUT_ESCAPE.test(text.slice(known.end, end));
  return { shown: isCutOff ? known.address.label : `${start}${host ?? HIDDEN}`, end };
}

function showOther({ start, end, host }: Url, index: Index, isEveryUrl: boolean): Found | undefined {
  return isEveryUrl || isKnownHost(host, index) ? { shown: `${start}${host ?? HIDDEN}`, end } : undefined;
}

function isKnownHost(host: string | undefined, { hosts }: Index): boolean {
  return host !== undefined && (hosts.has(host.toLowerCase()) || hosts.has(host.replace(/:\d+$/, "").toLowerCase()));
}

const CUT_ESCAPE = /^(%(25)*[0-9a-f]?|\\)?$/i;

/** https://www.rfc-editor.org/rfc/rfc3986#section-3.1 */
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;

function longestKnown(text: string, at: number, addresses: readonly Address[]): Url["known"] {
  let longest: Url["known"];
  for (const address of addresses) {
    for (const form of address.forms) {
      const { matched, end } = follow(text, at, form);
      if (matched <= address.schemeBytes || end <= (longest?.end ?? 0)) continue;
      longest = { address, end, isWhole: matched === form.length };
    }
  }
  return longest;
}
