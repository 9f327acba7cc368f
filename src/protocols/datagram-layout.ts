/** Answers each frame, as programs in use do. */
export const FRAME_ANSWER = Buffer.from("get message!!!");

/** IPv4: 65,535 less 20 of IP header (RFC 791) and 8 of UDP header (RFC 768). */
export const MAX_DATAGRAM_BYTES = 65_507;

/** Receivers lose the rest of a datagram. */
export const CHUNK_BYTES = 1024;

/** Python's native long (`struct` "l"): 8 on 64-bit Linux and macOS, 4 on Windows. */
export type HeaderBytes = 4 | 8;

/** Yields a frame's length, then chunks. None is empty: receivers would read a header. */
export function* datagramsOf(frame: Uint8Array, headerBytes: HeaderBytes): Generator<Uint8Array, undefined> {
  const header = Buffer.alloc(headerBytes);
  header.writeUIntLE(frame.length, 0, 4);
  yield header;
  for (let from = 0; from < frame.length; from += CHUNK_BYTES) yield frame.subarray(from, from + CHUNK_BYTES);
}

/** Returns a header's length; undefined for other datagrams. */
export function announcedLength(datagram: Buffer): number | undefined {
  if (datagram.length === 8) return Number(datagram.readBigInt64LE());
  if (datagram.length === 4) return datagram.readInt32LE();
  return undefined;
}
