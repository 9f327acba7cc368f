/**
 * Most bytes of a piece of text written to a peer of the wild: it reads up to 1024 at a time, and decodes what it read
 * alone.
 */
const MAX_PIECE_BYTES = 1023;

/** A text as UTF-8, in pieces of at most `maxBytes` (4 or more), cut between characters. An empty one has none. */
export function textPieces(text: string, maxBytes = MAX_PIECE_BYTES): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    let end = Math.min(start + maxBytes, bytes.length);
    while (isContinuation(bytes[end])) end--;
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** True for a byte inside a character (RFC 3629, 3). */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
