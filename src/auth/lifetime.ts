import { parseDuration } from "../util/duration.ts";

const MAX_LIFETIME_S = 3650 * 86_400;

/** Completes "NAME must be …". */
export const LIFETIME_RULE = "a lifetime of up to ten years, such as 90m, 12h or 30d";

/** Parses a lifetime to seconds; undefined for other text, and for over ten years. */
export function parseLifetime(text: string): number | undefined {
  const seconds = (parseDuration(text) ?? 0) / 1000;
  return Number.isInteger(seconds) && seconds > 0 && seconds <= MAX_LIFETIME_S ? seconds : undefined;
}
