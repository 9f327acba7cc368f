import { address } from "../ui/address.ts";
import { phoneAddress } from "./phone-url.ts";

/** Where another device finds the page by which it can send to a camera. */
export function publishAddress(name: string) {
  const link = document.querySelector("[data-publish-link]") as HTMLAnchorElement | null;
  return phoneAddress(`cameras/${name}/publish`, link?.href);
}

/** Draws that address where there is a place for it. */
export function showPublishCode(name: string) {
  const code = document.querySelector("[data-publish-code]") as HTMLImageElement | null;
  const link = document.querySelector("[data-publish-link]") as HTMLAnchorElement | null;
  if (code === null || link === null) return;
  const url = publishAddress(name);
  code.src = `${address(`cameras/${name}/publish.svg`)}?url=${encodeURIComponent(url)}`;
  link.href = url;
  // What speaks https may be a proxy, of which the server knows nothing.
  const hint = document.getElementById("needs-https");
  if (hint !== null) hint.hidden = url.startsWith("https:");
}
