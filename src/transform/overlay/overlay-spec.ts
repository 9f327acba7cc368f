import { oneOf, value } from "../../options/option-types.ts";
import { canonicalFormat, isTimeFormat, needsTimeZone, TIME_CODES } from "./strftime.ts";
import { findTimeZone, ownTimeZone } from "./time-zone.ts";

/** A part of an overlay: the camera's title, or a text with time codes. */
export type OverlayPart = { readonly kind: "name" } | { readonly kind: "text"; readonly format: string };

export interface OverlaySpec {
  /** Side by side; absent for no overlay. */
  readonly overlay?: readonly OverlayPart[] | undefined;
  /** IANA name. @default the server's */
  readonly tz?: string | undefined;
  /** @default "bottom-left" */
  readonly overlayPosition?: OverlayPosition | undefined;
}

const POSITIONS = ["top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"] as const;
export type OverlayPosition = (typeof POSITIONS)[number];
export const DEFAULT_POSITION: OverlayPosition = "bottom-left";

/** In characters: more than fits legibly; the key is also sent in headers. */
const MAX_LENGTH = 200;

const CLOCK_FORMAT = "%F %T";

export const overlayOptions = {
  overlay: value(
    `name, clock or text:TEXT, or several such as name,clock with text last, in up to ${MAX_LENGTH} characters`,
    parseOverlay,
  )
    .refine((parts) => parts.every((part) => part.kind === "name" || isTimeFormat(part.format)), {
      message: `must be text whose codes are among ${TIME_CODES.join(" ")}, the last of them for a % itself`,
    })
    .optional()
    .describe("what to write on frames: name, clock, text:…, or several with commas, text last"),
  tz: value("a time zone such as Europe/Berlin or UTC", findTimeZone)
    .optional()
    .describe("time zone of the overlay's clock, such as Europe/Berlin; the server's own by default"),
  overlayPosition: oneOf(...POSITIONS)
    .optional()
    .describe("where the overlay is: top or bottom, or top-left and the like (bottom-left)"),
};

export function overlayFields({ overlay, tz, overlayPosition }: OverlaySpec): Array<[name: string, value: string]> {
  if (overlay === undefined) return [];
  const fields: Array<[string, string]> = [["overlay", encode(overlay.map(spell).join(","))]];
  const hasTime = overlay.some((part) => part.kind === "text" && needsTimeZone(part.format));
  if (tz !== undefined && hasTime && tz !== ownTimeZone()) fields.push(["tz", encode(tz)]);
  if (overlayPosition !== undefined && overlayPosition !== DEFAULT_POSITION)
    fields.push(["overlay-position", overlayPosition]);
  return fields;
}

/** `name` and `clock` end at a comma; `text:` and `clock:FORMAT` take the rest. */
function parseOverlay(text: string): OverlayPart[] | undefined {
  if (Array.from(text).length > MAX_LENGTH || HAS_NO_LETTER.test(text)) return undefined;
  const last = /^(?<before>[^:]*,)?\s*(?:text|clock)\s*:(?<format>.+)$/su.exec(text)?.groups;
  const before = last === undefined ? `${text},` : (last["before"] ?? "");
  const words = before.split(",").slice(0, -1);
  const parts = words.map((word) => WORDS.get(word.trim()));
  if (last !== undefined) parts.push({ kind: "text", format: canonicalFormat((last["format"] as string).trim()) });
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** Control characters, and lone surrogates. */
const HAS_NO_LETTER = /[\p{Cc}\p{Cs}]/u;

const WORDS: ReadonlyMap<string, OverlayPart> = new Map([
  ["name", { kind: "name" }],
  ["clock", { kind: "text", format: CLOCK_FORMAT }],
]);

function spell(part: OverlayPart): string {
  if (part.kind === "name") return "name";
  return part.format === CLOCK_FORMAT ? "clock" : `text:${part.format}`;
}

/** Encodes for a query and for an ETag (RFC 9110, 8.8.3: visible ASCII without quotes). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(?:3A|2C|2F)/g, decodeURIComponent);
}
