import { printableLine } from "../../util/printable.ts";
import { shortened } from "../../util/shortened.ts";

const MAX_TOLD = 80;

/**
 * Returns one short line, Latin-1 as UTF-8 if possible. It may echo the password, which a redactor
 * must recognize: omits no character, cuts no word.
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

/** Spares UTF-8 bytes that came as Latin-1, which `toLowerCase` would change. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
