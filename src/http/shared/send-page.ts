import type { Response } from "express";
import { NO_CACHE } from "./headers.ts";
import { pageFiles } from "./page-files.ts";

/** Sends one of our pages, under their policy. */
export function sendPage(response: Response, view: string, data: object): void {
  const { root, policy } = response.locals;
  if (typeof policy === "string") response.set("Content-Security-Policy", policy);
  const file = (name: string) => pageFiles()[name];
  // The page's URL may have a token.
  response.set({ ...NO_CACHE, "Referrer-Policy": "no-referrer" }).render(view, { ...data, root, file });
}
