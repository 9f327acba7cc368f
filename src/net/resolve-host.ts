import { lookup } from "node:dns/promises";

/** The address of a host, which may be one itself: of several one of IPv4, since most small programs know no other. */
export async function resolveHost(host: string): Promise<{ address: string; family: number }> {
  return await lookup(host, { verbatim: false });
}
