import { printableLine } from "../../util/printable.ts";
import { shortened } from "../../util/shortened.ts";

/** In characters: what a camera says of itself is a few words. */
const MAX_TOLD = 80;

/**
 * Returns text of a camera as it may stand in a sentence: short, and in one line. It may echo the password, which a redactor
 * knows by value: so no character is left out, and no word is cut. Bytes that came as Latin-1 are UTF-8 where they can be.
 */
export function printableCameraText(text: string): string {
  return shortened(printableLine(utf8In(text)), MAX_TOLD).trim();
}

function utf8In(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}

/** Returns the text with A to Z in lower case. `toLowerCase` would change bytes of UTF-8 that came as Latin-1. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
