import type { Places } from "../core/places.ts";
import { HttpError } from "./errors.ts";
import type { Limit } from "./refusals.ts";

/** How long who was turned away should wait before it asks again, in seconds. */
const RETRY_AFTER_S = 10;

/** Limits of places: `viewers` is that of all, and has one of an address beside it. */
type PlaceLimit = Extract<Limit, "viewers" | "live-connections" | "message-streams">;

/**
 * Takes a place for an address; what is returned frees it. Throws an HttpError with `Retry-After`: 503 when all are taken,
 * 429 when all that one address may have are. `what` names them, such as `viewers`.
 */
export function takePlace(places: Places, address: string, limit: PlaceLimit, what: string): () => void {
  const taken = places.take(address);
  if (typeof taken === "function") return taken;
  const headers = { "Retry-After": String(RETRY_AFTER_S) };
  if (taken === "all") {
    throw new HttpError(503, `All ${places.max} places for ${what} are taken; try again later.`, headers, limit);
  }
  const text = `All ${places.perAddress} places for ${what} of one address are taken; try again later.`;
  throw new HttpError(429, text, headers, `${limit}-of-address`);
}
