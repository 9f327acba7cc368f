import type { Response } from "express";
import { NO_CACHE } from "./headers.ts";

/** Sends one of our pages, under the policy for them. */
export function sendPage(response: Response, view: string, data: object): void {
  const { root, policy } = response.locals;
  if (typeof policy === "string") response.set("Content-Security-Policy", policy);
  // A token may stand in the page's address.
  response.set({ ...NO_CACHE, "Referrer-Policy": "no-referrer" }).render(view, { ...data, root });
}
