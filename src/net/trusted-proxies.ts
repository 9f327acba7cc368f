import { isIP } from "node:net";
import proxyAddr from "proxy-addr";
import { value } from "../options/option-types.ts";

/** Whether what an address says of those behind it is believed; `hop` counts from 0, which is the peer itself. */
export type TrustedProxies = (address: string, hop: number) => boolean;

/** Believes nobody. */
export const TRUST_NO_PROXY: TrustedProxies = () => false;

/** Names of `proxy-addr` for this machine and private networks: https://www.npmjs.com/package/proxy-addr. */
const NAMED = ["loopback", "linklocal", "uniquelocal"];

const isPrivate = proxyAddr.compile(NAMED);

/**
 * Which proxies are believed, as Express's `trust proxy` takes it (https://expressjs.com/en/guide/behind-proxies.html):
 * how many there are, or their addresses and ranges, with commas between them.
 */
export function trustedProxies() {
  const rule = "a number of proxies, or loopback, linklocal, uniquelocal, addresses and ranges, with commas";
  return value(rule, (text) => (parseTrustedProxies(text) === undefined ? undefined : text));
}

/**
 * Returns what such a text means; undefined for one that is something else. A number trusts private addresses alone,
 * unlike Express's: a client of the internet that connects directly is no proxy. Proxies with public addresses are
 * named by their addresses.
 */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (text === "false" || text === "0") return TRUST_NO_PROXY;
  // More would be as good as anything a client writes.
  if (/^[1-9]\d?$/.test(text)) return (address, hop) => hop < Number(text) && isPrivate(address, hop);
  const parts = text.split(",").map((part) => part.trim());
  // The library takes addresses that are written as no socket gives them, such as 100 for 0.0.0.100.
  if (!parts.every((part) => NAMED.includes(part) || isIP(part.split("/")[0] ?? "") !== 0)) return undefined;
  try {
    return proxyAddr.compile(parts);
  } catch {
    return undefined;
  }
}
