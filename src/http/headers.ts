import type { RequestHandler } from "express";
import { methodsOf } from "./methods.ts";

/** On a picture: whether it is the camera's own (1), or a card (0). */
export const ONLINE_HEADER = "X-Stillstream-Online";

/** For whatever changes with every look. */
export const NO_CACHE = {
  "Cache-Control": "no-store, no-cache, must-revalidate, max-age=0",
  Pragma: "no-cache",
} as const;

/** Answers what a browser asks before it asks from a page of another origin. */
export const answerOptions: RequestHandler = (request, response, next) => {
  if (request.method !== "OPTIONS") {
    next();
    return;
  }
  response.set({
    Allow: methodsOf(request.path).join(", "),
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
  });
  response.status(204).end();
};
