// @ts-check
import { address } from "./address.js";
import { phoneAddress } from "./phone-address.js";

/**
 * Where another device finds the page by which it can send to a camera.
 *
 * @param {string} name
 */
export function publishAddress(name) {
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector("[data-publish-link]"));
  return phoneAddress(`cameras/${name}/publish`, link?.href);
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
