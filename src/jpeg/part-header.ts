/** Bytes before a picture in which its part's header is looked for: a boundary, and a few lines. */
export const PART_HEADER_BYTES = 512;

/** What stands before a picture in a multipart body (RFC 2046, 5.1). */
export interface PartHeader {
  /** Bytes of the part from the picture's start to the part's end; undefined where it does not say. */
  readonly length: number | undefined;
}

/**
 * Reads the header of a part from the text before a picture; undefined where there is none. What stands between its blank
 * line and the picture, such as one empty line too many, counts as of the part.
 */
export function readPartHeader(before: Buffer): PartHeader | undefined {
  const text = before.toString("latin1");
  const [found] = [...text.matchAll(HEADER)].slice(-1);
  if (found === undefined) return undefined;
  const [lines] = found;
  const between = text.length - (found.index + lines.length);
  const [, digits] = /^content-length[ \t]*:[ \t]*(\d{1,10})[ \t]*\r?$/im.exec(lines) ?? [];
  return { length: digits === undefined ? undefined : Math.max(0, Number(digits) - between) };
}

/** Lines of names and values, and a blank line. */
const HEADER = /(?:^[\w-]+[ \t]*:[^\r\n]*\r?\n)+\r?\n/gm;

/** What follows a part (RFC 2046, 5.1.1), by its first two bytes; some cameras leave the line break out. */
const PART_ENDS = ["\r\n", "\n-", "--"];

/** Whether a part may end at a position. */
export function isPartEnd(bytes: Buffer, at: number): boolean {
  return PART_ENDS.includes(bytes.toString("latin1", at, at + 2));
}

/** Where what the last part of a multipart body holds ends: before its last boundary, if there is one. */
export function endOfBody(bytes: Buffer): number {
  const start = Math.max(0, bytes.length - PART_HEADER_BYTES);
  const boundary = /\r?\n--[^\r\n]{1,70}(?:\r?\n)?$/.exec(bytes.toString("latin1", start));
  return boundary === null ? bytes.length : start + boundary.index;
}

/**
 * Where a part's content ends if `bytes`, up to `to`, end in a boundary and the next part's header; undefined if they do
 * not. The content is at least up to `from`.
 */
export function endBeforePart(bytes: Buffer, from: number, to: number): number | undefined {
  const start = Math.max(from, to - PART_HEADER_BYTES);
  const boundary = BOUNDARY_AND_HEADER.exec(bytes.toString("latin1", start, to));
  return boundary === null ? undefined : start + boundary.index;
}

/** Some cameras leave out the line break before a boundary, or write an empty line too many behind the header. */
const BOUNDARY_AND_HEADER = /(?:\r?\n)?--[^\r\n]{1,70}\r?\n(?:[\w-]+[ \t]*:[^\r\n]*\r?\n)*(?:\r?\n){1,2}$/;
