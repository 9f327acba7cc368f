import { isIP } from "node:net";
import proxyAddr from "proxy-addr";
import { value } from "../options/option-types.ts";

/** `hop` counts from 0, the peer itself. */
export type TrustedProxies = (address: string, hop: number) => boolean;

export const TRUST_NO_PROXY: TrustedProxies = () => false;

/** https://www.npmjs.com/package/proxy-addr. */
const NAMED = ["loopback", "linklocal", "uniquelocal"];

const isPrivate = proxyAddr.compile(NAMED);

/** As Express's `trust proxy`: https://expressjs.com/en/guide/behind-proxies.html */
export function trustedProxies() {
  const rule = "a number of proxies, or loopback, linklocal, uniquelocal, addresses and ranges, with commas";
  return value(rule, (text) => (parseTrustedProxies(text) === undefined ? undefined : text));
}

/**
 * Parses the option; undefined for other text. A number trusts private addresses only, unlike
 * Express's: a client that connects directly is no proxy.
 */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (text === "false" || text === "0") return TRUST_NO_PROXY;
  // A larger number would trust what any client writes.
  if (/^[1-9]\d?$/.test(text)) return (address, hop) => hop < Number(text) && isPrivate(address, hop);
  const parts = text.split(",").map((part) => part.trim());
  // The library also takes 100 for 0.0.0.100.
  if (!parts.every((part) => NAMED.includes(part) || isIP(part.split("/")[0] ?? "") !== 0)) return undefined;
  try {
    return proxyAddr.compile(parts);
  } catch {
    return undefined;
  }
}
