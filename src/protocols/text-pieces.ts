/** A peer reads up to 1024 bytes, and decodes each read alone. */
const MAX_PIECE_BYTES = 1023;

/** Cuts a text into UTF-8 pieces between characters; `maxBytes` is 4 or more. */
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

/** RFC 3629, 3: inside a character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
