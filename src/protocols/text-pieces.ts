/** Peers decode each read of 1024 bytes alone. */
const MAX_PIECE_BYTES = 1023;

/** Cuts a text between UTF-8 characters; `maxBytes` is at least 4. */
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

/** RFC 3629, 3. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
