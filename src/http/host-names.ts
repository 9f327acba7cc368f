import { isIP } from "node:net";

/** Endings of names that no stranger can have: RFC 6761, 6762, 8375, ICANN's .internal, and what home routers give out. */
const LOCAL_ENDINGS = ["localhost", "local", "lan", "home", "home.arpa", "internal"];

/**
 * Whether a `Host` header names this server as its owner would: by an address, by a name that only a local network can
 * give, or by one of `names`, in small letters. A name that a stranger owns may lead here too, by DNS rebinding
 * (https://en.wikipedia.org/wiki/DNS_rebinding): the stranger's page is then of the same origin as ours.
 */
export function isOwnHost(host: string, names: readonly string[]): boolean {
  const { bracketed, name } = /^(?:\[(?<bracketed>[^\]]+)\]|(?<name>[^:@/?#\s]+))(?::\d*)?$/.exec(host)?.groups ?? {};
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (name === undefined) return false;
  const plain = name.toLowerCase().replace(/\.$/, "");
  const isLocal = LOCAL_ENDINGS.some((ending) => plain.endsWith(`.${ending}`));
  return isIP(plain) === 4 || !plain.includes(".") || isLocal || names.includes(plain);
}
