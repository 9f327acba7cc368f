/** A boundary and a few lines. */
export const PART_HEADER_BYTES = 512;

/** RFC 2046, 5.1. */
export interface PartHeader {
  /** From the frame's start to the part's end. */
  readonly length: number | undefined;
}

/**
 * Reads a part's header before a frame; undefined without one. Bytes between its blank line and the
 * frame count as the part's.
 */
export function readPartHeader(before: Buffer): PartHeader | undefined {
  const text = before.toString("latin1");
  const found = lastHeader(text);
  if (found === undefined) return undefined;
  const lines = text.slice(found.start, found.end);
  const between = text.length - found.end;
  const [, digits] = /^content-length[ \t]*:[ \t]*(\d{1,10})[ \t]*\r?$/im.exec(lines) ?? [];
  return { length: digits === undefined ? undefined : Math.max(0, Number(digits) - between) };
}

/**
 * Searches from the end. Measured 2026-11-30, Node 20: 70 ms for 64 KB forwards, which reads lines
 * repeatedly.
 */
function lastHeader(text: string): { readonly start: number; readonly end: number } | undefined {
  let from = text.length;
  for (let tries = 0; tries < MAX_BLANK_LINES; tries++) {
    const lineEnd = from < 1 ? -1 : text.lastIndexOf("\n", from - 1);
    if (lineEnd < 0) return undefined;
    const blank = text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
    const start = text[blank - 1] === "\n" ? headerStart(text, blank) : blank;
    if (start < blank) return { start, end: lineEnd + 1 };
    from = lineEnd;
  }
  return undefined;
}

function headerStart(text: string, end: number): number {
  let start = end;
  while (start > 0) {
    const before = start < 2 ? 0 : text.lastIndexOf("\n", start - 2) + 1;
    if (!LINE.test(text.slice(before, start))) return start;
    start = before;
  }
  return start;
}

const LINE = /^[\w-]+[ \t]*:[^\r\n]*\r?\n$/;

/** Some cameras write one or two before the frame. */
const MAX_BLANK_LINES = 16;

/** RFC 2046, 5.1.1; some cameras omit the line break. */
const PART_ENDS = ["\r\n", "\n-", "--"];

/** Returns whether a part may end at a position. */
export function isPartEnd(bytes: Buffer, at: number): boolean {
  return PART_ENDS.includes(bytes.toString("latin1", at, at + 2));
}

/** Returns the end of the last part's content. */
export function endOfBody(bytes: Buffer): number {
  const start = Math.max(0, bytes.length - PART_HEADER_BYTES);
  const boundary = /\r?\n--[^\r\n]{1,70}(?:\r?\n)?$/.exec(bytes.toString("latin1", start));
  return boundary === null ? bytes.length : start + boundary.index;
}

/** Returns the end of a part's content, at least `from`, if a boundary and a header end at `to`. */
export function endBeforePart(bytes: Buffer, from: number, to: number): number | undefined {
  const start = Math.max(from, to - PART_HEADER_BYTES);
  const boundary = BOUNDARY_AND_HEADER.exec(bytes.toString("latin1", start, to));
  return boundary === null ? undefined : start + boundary.index;
}

/** Some cameras omit the line break before, or add an empty line after. */
const BOUNDARY_AND_HEADER = /(?:\r?\n)?--[^\r\n]{1,70}\r?\n(?:[\w-]+[ \t]*:[^\r\n]*\r?\n)*(?:\r?\n){1,2}$/;
