/** What a receiver says to each picture, so that the next is sent: it is what the programs in use say. */
export const FRAME_ANSWER = Buffer.from("get message!!!");

/** The most a datagram carries over IPv4, in bytes: 65,535 less 20 of IP header (RFC 791) and 8 of UDP header (RFC 768). */
export const MAX_DATAGRAM_BYTES = 65_507;

/** Receivers take 1024 bytes at a time, and lose what a longer datagram holds beyond them. */
export const CHUNK_BYTES = 1024;

/** Bytes of the length ahead of a picture: Python's native long, `struct` "l", has 8 on 64-bit Linux and macOS, 4 on Windows. */
export type HeaderBytes = 4 | 8;

/**
 * A picture as datagrams: its length, little-endian, then chunks of 1024 bytes but the last. None is ever empty, since
 * receivers count datagrams: they would take an empty one for the header of the next picture.
 */
export function* datagramsOf(picture: Uint8Array, headerBytes: HeaderBytes): Generator<Uint8Array, undefined> {
  const header = Buffer.alloc(headerBytes);
  header.writeUIntLE(picture.length, 0, 4);
  yield header;
  for (let from = 0; from < picture.length; from += CHUNK_BYTES) yield picture.subarray(from, from + CHUNK_BYTES);
}

/** The length a datagram announces if it is a header, which only its size tells; undefined if it is none. */
export function announcedLength(datagram: Buffer): number | undefined {
  if (datagram.length === 8) return Number(datagram.readBigInt64LE());
  if (datagram.length === 4) return datagram.readInt32LE();
  return undefined;
}
