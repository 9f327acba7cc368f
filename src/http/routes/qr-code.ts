import type { Response } from "express";
import type { Camera } from "../../core/camera.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { pathPattern } from "../shared/paths.ts";

export async function sendQrCode(response: Response, url: string): Promise<void> {
  const { renderSVG } = await import("uqr");
  response
    .set(NO_CACHE)
    .type("image/svg+xml")
    .send(renderSVG(url, { border: 2 }));
}

export type CodePage = "" | "/publish";

/** Other codes are not drawn; any host and prefix will do. */
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

/** Longer URLs make a code that no phone reads from a screen. */
const MAX_URL_LENGTH = 500;
