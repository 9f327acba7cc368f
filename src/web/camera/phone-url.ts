import { address } from "../ui/address.ts";

/**
 * Where another device finds a path of this server. On the server's own machine `localhost` would
 * be no use to a phone: in its place comes the address that the server has on its network, if it
 * has one.
 *
 * @param known What the server itself would tell a phone.
 */
export function phoneAddress(path: string, known: string | undefined) {
  const url = new URL(address(path));
  const { hostname } = new URL(known ?? url.href);
  if (isLoopback(url.hostname) && !isLoopback(hostname)) url.hostname = hostname;
  return url.href;
}

export function isLoopback(hostname: string) {
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}
