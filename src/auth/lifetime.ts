const UNITS_S = { m: 60, h: 3600, d: 86_400 };

/** Ten years: longer is for ever. */
const MAX_LIFETIME_S = 3650 * 86_400;

/** What a lifetime has to be; completes "NAME must be …". */
export const LIFETIME_RULE = "how long the token is good, such as 90m, 12h or 30d";

/** A lifetime such as `90m`, `12h` or `30d`, in seconds; undefined for anything else, and for more than ten years. */
export function parseLifetime(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,7})([mhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * UNITS_S[unit as keyof typeof UNITS_S];
  return seconds > 0 && seconds <= MAX_LIFETIME_S ? seconds : undefined;
}
