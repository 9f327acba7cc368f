// @ts-check
import { address } from "./address.js";

/**
 * Where another device finds a path of this server. On the server's own machine `localhost` would be no use to a phone: in its
 * place comes the address that the server has on its network, if it has one.
 *
 * @param {string} path
 * @param {string | undefined} known What the server itself would tell a phone.
 */
export function phoneAddress(path, known) {
  const url = new URL(address(path));
  const { hostname } = new URL(known ?? url.href);
  if (isLoopback(url.hostname) && !isLoopback(hostname)) url.hostname = hostname;
  return url.href;
}

/** @param {string} hostname */
export function isLoopback(hostname) {
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}
