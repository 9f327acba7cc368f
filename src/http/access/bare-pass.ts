import { randomBytes } from "node:crypto";

const PASS = randomBytes(16).toString("base64url");

/** Marks the stream of our own bare page, whose origin a sandbox hides. */
export const BARE_PASS = `bare=${PASS}`;

/** No other page can read the pass. */
export function isOfBarePage(url: string): boolean {
  return url.includes(BARE_PASS);
}
