export interface Followed {
  readonly matched: number;
  readonly end: number;
}

/**
 * Matches `bytes`, from `bytesOf`, with the text at `at`. Ignores case, percent-encoding (RFC 3986,
 * 2.1), `+` for a space, and JSON escapes.
 */
export function follow(text: string, at: number, bytes: Uint8Array): Followed {
  let end = at;
  let matched = 0;
  while (matched < bytes.length && end < text.length) {
    const next = step(text, end, bytes, matched);
    if (next === undefined) break;
    end += next.length;
    matched += next.bytes;
  }
  return { matched, end };
}

/** Returns UTF-8, with ASCII letters in lower case. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text).map(lower);
}

/** Percent-decodes what it can; a bare % stays. */
export function percentDecoded(text: string): string {
  const parts = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => `\0${run.replaceAll("%", "")}\0`).split("\0");
  return parts.map((part, index) => (index % 2 === 0 ? part : Buffer.from(part, "hex").toString())).join("");
}

/** Returns the first byte at `at`; -1 if ambiguous. */
export function firstByte(text: string, at: number): number {
  const character = text[at] as string;
  return "\\+%".includes(character) ? -1 : (bytesOf(String.fromCodePoint(text.codePointAt(at) as number))[0] ?? -1);
}

interface Step {
  readonly length: number;
  readonly bytes: number;
}

const ONE: Step = { length: 1, bytes: 1 };

function step(text: string, at: number, bytes: Uint8Array, from: number): Step | undefined {
  const expected = bytes[from];
  const code = text.charCodeAt(at);
  if (code < 0x80 && lower(code) === expected && code !== PERCENT && code !== BACKSLASH) return ONE;
  const encoded = encodedBytes(text, at).filter(({ byte }) => byte === expected);
  const fitting = encoded.find(({ length }) => mayBe(text[at + length], bytes[from + 1])) ?? encoded[0];
  if (fitting !== undefined) return { length: fitting.length, bytes: 1 };
  const character = String.fromCodePoint(text.codePointAt(at) as number);
  if (expected === BACKSLASH) {
    // In a run, either each one is doubled or none.
    const isDoubled = run(text, at) >= 2 * run(Buffer.from(bytes.subarray(from)).toString("latin1"), 0);
    return character === "\\" ? { length: isDoubled ? 2 : 1, bytes: 1 } : undefined;
  }
  const escaped = unescaped(text, at);
  if (escaped !== undefined && escaped.byte === expected) return { length: escaped.length, bytes: 1 };
  if (character === "+" && expected === SPACE) return { length: 1, bytes: 1 };
  const raw = bytesOf(character);
  const isSame = raw.every((byte, index) => bytes[from + index] === byte);
  return isSame ? { length: character.length, bytes: raw.length } : undefined;
}

const SPACE = 0x20;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;

/** Decodes repeatedly: `%2541` is an A, or an encoded `%41`. */
function encodedBytes(text: string, at: number): { byte: number; length: number }[] {
  if (text[at] !== "%") return [];
  ENCODED.lastIndex = at;
  const { 0: all = "", 1: more = "", 2: hex = "" } = ENCODED.exec(text) ?? [];
  if (hex === "") return [];
  const percents = Array.from({ length: more.length / 2 }, (_, level) => ({ byte: PERCENT, length: 3 + 2 * level }));
  return [{ byte: lower(Number.parseInt(hex, 16)), length: all.length }, ...percents];
}

const ENCODED = /%((?:25){0,4})([0-9a-f]{2})/iy;

function mayBe(character = "", byte = -1): boolean {
  return byte < 0 || byte >= 0x80 || "%\\+".includes(character) || bytesOf(character)[0] === byte;
}

function run(text: string, at: number): number {
  return /^\\*/.exec(text.slice(at))?.[0].length ?? 0;
}

function unescaped(text: string, at: number): { byte: number; length: number } | undefined {
  const [all = "", hex, short = ""] = /^\\(?:u00([0-9a-f]{2})|([nrtbf"'\\/]))/i.exec(text.slice(at, at + 6)) ?? [];
  if (all === "") return undefined;
  const byte = hex === undefined ? (SHORT[short] ?? short.charCodeAt(0)) : Number.parseInt(hex, 16);
  return { byte, length: all.length };
}

/** RFC 8259, 7. */
const SHORT: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, f: 0x0c };

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
