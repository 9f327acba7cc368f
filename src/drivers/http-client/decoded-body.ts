import { Readable, type Transform } from "node:stream";
import { constants, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { errorCode } from "../../net/connection-error.ts";
import { ByteCollector } from "../../util/byte-collector.ts";

const MAGIC_BYTES = 2;

/** A body is not coded as announced. The message follows the host's name. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}

export interface CodedBody {
  readonly chunks: AsyncGenerator<Uint8Array, void>;
  readonly codings: string;
  /** Returns the encoded length, if known. */
  readonly onDecoded: () => number | undefined;
}

/**
 * Decodes gzip and deflate, which some servers send unasked. The first bytes decide, not the head.
 * The reader limits what it may grow to.
 */
export async function* decodedBody({ chunks, codings, onDecoded }: CodedBody): AsyncGenerator<Uint8Array, void> {
  const start = new ByteCollector(Number.POSITIVE_INFINITY);
  while (start.length < MAGIC_BYTES) {
    const { done, value } = await chunks.next();
    if (done) break;
    start.add(value);
  }
  const decoder = decoderOf(start.bytes(), codings);
  if (decoder === undefined) {
    if (start.length > 0) yield start.bytes();
    yield* chunks;
    return;
  }
  const source = Readable.from(upTo(onDecoded(), start.bytes(), chunks), { objectMode: false });
  source.on("error", (error) => decoder.destroy(error)).pipe(decoder);
  try {
    yield* decoder as AsyncIterable<Buffer>;
  } catch (error) {
    throw errorCode(error).startsWith("Z_") ? new BodyError("sent damaged compressed data") : error;
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

/** Keeps what was read if the connection ends early. */
const OPTIONS = { finishFlush: constants.Z_SYNC_FLUSH };

function decoderOf(start: Buffer, codings: string): Transform | undefined {
  const [first = 0, second = 0] = start;
  // RFC 1952, 2.3.1.
  if (first === 0x1f && second === 0x8b) return createGunzip(OPTIONS);
  // A JPEG, or a delimiter.
  if (!codings.includes("deflate") || first === 0xff || first === 0x2d) return undefined;
  // RFC 1950, 2.2; without that header it is bare DEFLATE (RFC 9110, 8.4.1.2).
  const hasHeader = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
  return hasHeader ? createInflate(OPTIONS) : createInflateRaw(OPTIONS);
}

async function* upTo(length = Number.POSITIVE_INFINITY, start: Uint8Array, chunks: AsyncGenerator<Uint8Array, void>) {
  let left = length - start.length;
  yield start.subarray(0, length);
  while (left > 0) {
    const { done, value } = await chunks.next();
    if (done) return;
    yield value.subarray(0, left);
    left -= value.length;
  }
}
