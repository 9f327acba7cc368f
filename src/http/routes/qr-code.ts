import type { Response } from "express";
import type { Camera } from "../../core/camera.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { pathPattern } from "../shared/paths.ts";

/** Answers with an address as a QR code. */
export async function sendQrCode(response: Response, url: string): Promise<void> {
  const { renderSVG } = await import("uqr");
  response
    .set(NO_CACHE)
    .type("image/svg+xml")
    .send(renderSVG(url, { border: 2 }));
}

/** The pages of a camera that a code may lead to, by what comes behind its name. */
export type CodePage = "" | "/publish";

/**
 * Whether a text is the address of such a page, whatever its server is called and below whatever prefix: nobody is to have
 * codes drawn here that lead elsewhere. `mayHaveToken` allows it a token, and nothing else.
 */
export function isPageUrl(
  text: string,
  { name }: Camera,
  { pages, mayHaveToken = false }: { pages: readonly CodePage[]; mayHaveToken?: boolean },
): boolean {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return false;
  const { protocol, pathname, username, search, hash } = new URL(text);
  const isPlain = /^https?:$/.test(protocol) && username === "" && hash === "";
  const isQueryFine = search === "" || (mayHaveToken && TOKEN.test(search));
  return isPlain && isQueryFine && pages.some((page) => pathPattern(`/cameras/${name}${page}`).test(pathname));
}

/** A JWT in its compact form (RFC 7515, 7.1). */
const TOKEN = /^\?token=[\w-]+\.[\w-]+\.[\w-]+$/;

/** In characters: more make a code that no phone reads from a screen. */
const MAX_URL_LENGTH = 500;
