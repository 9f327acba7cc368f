import type { Slots } from "../../net/slots.ts";
import { HttpError } from "../shared/errors.ts";
import type { Limit } from "../shared/refusals.ts";

/** How long who was turned away should wait before it asks again, in seconds. */
const RETRY_AFTER_S = 10;

/** Why a place was given up, as the client that had it is told. */
export const SLOT_LOST = "All places are taken, and your address had the most: another that has fewer got this one.";

/** Limits of places: `viewers` is that of all, and has one of an address beside it. */
type SlotLimit = Extract<Limit, "viewers" | "live-connections" | "message-streams">;

/**
 * Takes a place for an address; what is returned frees it. Throws an HttpError with `Retry-After`: 503 when all are taken,
 * 429 when all that one address may have are. `what` names them, such as `viewers`. `giveUp` ends what has the place, if
 * an address with fewer gets it.
 */
export function takeSlot(
  places: Slots,
  address: string,
  { limit, what, giveUp }: { limit: SlotLimit; what: string; giveUp: () => void },
): () => void {
  const taken = places.take(address, giveUp);
  if (typeof taken === "function") return taken;
  const headers = { "Retry-After": String(RETRY_AFTER_S) };
  if (taken === "all") {
    throw new HttpError(503, `All ${places.max} places for ${what} are taken; try again later.`, headers, limit);
  }
  const text = `All ${places.perAddress} places for ${what} of one address are taken; try again later.`;
  throw new HttpError(429, text, headers, `${limit}-of-address`);
}
