import { randomBytes } from "node:crypto";

const PASS = randomBytes(16).toString("base64url");

/** A parameter by which the stream in a bare page is known as that page's own, though a sandbox hides whose it is. */
export const BARE_PASS = `bare=${PASS}`;

/** Whether a bare page asks, which no other page can read. */
export function isOfBarePage(url: string): boolean {
  return url.includes(BARE_PASS);
}
