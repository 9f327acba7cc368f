import { printableLine } from "../../util/printable.ts";
import { shortened } from "../../util/shortened.ts";

/** A camera describes itself in a few words. */
const MAX_TOLD = 80;

/**
 * Returns one short line. It may echo the password, which a redactor knows by
 * value: no character is left out, and no word is cut. Latin-1 bytes become UTF-8
 * if they can.
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

/** `toLowerCase` would change UTF-8 bytes that came as Latin-1. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
