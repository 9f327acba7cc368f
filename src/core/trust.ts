import { isIP } from "node:net";
import proxyAddr from "proxy-addr";
import { value } from "./values.ts";

/** Whether what an address says of those behind it is believed; `hop` counts from 0, which is the peer itself. */
export type Trust = (address: string, hop: number) => boolean;

/** Believes nobody. */
export const TRUST_NOBODY: Trust = () => false;

const NAMED: ReadonlySet<string> = new Set(["loopback", "linklocal", "uniquelocal"]);

/**
 * Which proxies are believed, as Express's `trust proxy` takes it (https://expressjs.com/en/guide/behind-proxies.html):
 * how many there are, or their addresses and ranges, with commas between them.
 */
export function trustedProxies() {
  const rule = "a number of proxies, or loopback, linklocal, uniquelocal, addresses and ranges, with commas";
  return value(rule, (text) => (readTrust(text) === undefined ? undefined : text));
}

/** What such a text means; undefined for one that is something else. */
export function readTrust(text: string): Trust | undefined {
  if (text === "false" || text === "0") return TRUST_NOBODY;
  // More would be as good as anything a client writes.
  if (/^[1-9]\d?$/.test(text)) return (_address, hop) => hop < Number(text);
  const parts = text.split(",").map((part) => part.trim());
  // The library takes addresses that are written as no socket gives them, such as 100 for 0.0.0.100.
  if (!parts.every((part) => NAMED.has(part) || isIP(part.split("/")[0] ?? "") !== 0)) return undefined;
  try {
    return proxyAddr.compile(parts);
  } catch {
    return undefined;
  }
}
