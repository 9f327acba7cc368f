import type { Slots } from "../../net/slots.ts";
import { HttpError } from "../shared/http-error.ts";
import type { Limit } from "./refusals.ts";

const RETRY_AFTER_S = 10;

/** Fits a WebSocket's close reason of 123 bytes. */
export const SLOT_LOST = "Slot lost: all are taken, and your address had the most. A client with fewer got it.";

type SlotLimit = Extract<Limit, "viewers" | "live-connections" | "message-streams">;

export class LimitError extends HttpError {
  readonly limit: Limit;

  constructor(status: number, message: string, limit: Limit) {
    super(status, message, { "Retry-After": String(RETRY_AFTER_S) });
    this.limit = limit;
  }
}

/**
 * Takes a slot, and returns how to free it. Calls `giveUp` when a client with fewer gets it.
 * @throws LimitError 503 for all slots, 429 for those of one address
 */
export function takeSlot(
  slots: Slots,
  address: string,
  { limit, what, giveUp }: { limit: SlotLimit; what: string; giveUp: () => void },
): () => void {
  const taken = slots.take(address, giveUp);
  if (typeof taken === "function") return taken;
  if (taken === "all") {
    throw new LimitError(503, `Too many ${what}: all ${slots.max} slots are taken. Try again later.`, limit);
  }
  const text = `Too many ${what} from your address: it may have ${slots.perAddress}. Close some, or try again later.`;
  throw new LimitError(429, text, `${limit}-of-address`);
}
