// @ts-check
import { address } from "./address.js";

/**
 * Where another device finds the page by which it can send to a camera. On the server's own machine `localhost` would be
 * no use to a phone: in its place comes the address that the server has on its network, if it has one.
 *
 * @param {string} name
 */
export function publishAddress(name) {
  const url = new URL(address(`cameras/${name}/publish`));
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector("[data-publish-link]"));
  if (link !== null && isLoopback(url.hostname) && !isLoopback(link.hostname)) url.hostname = link.hostname;
  return url.href;
}

/** @param {string} hostname */
function isLoopback(hostname) {
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}

/**
 * Draws that address where there is a place for it.
 *
 * @param {string} name
 */
export function showPublishCode(name) {
  const code = /** @type {HTMLImageElement | null} */ (document.querySelector("[data-publish-code]"));
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector("[data-publish-link]"));
  if (code === null || link === null) return;
  const url = publishAddress(name);
  code.src = `${address(`cameras/${name}/publish.svg`)}?url=${encodeURIComponent(url)}`;
  link.href = url;
  // What speaks https may be a proxy, of which the server knows nothing.
  const hint = document.getElementById("needs-https");
  if (hint !== null) hint.hidden = url.startsWith("https:");
}
