import { JpegSplitter, MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { ByteCollector, TooManyBytes } from "../util/byte-collector.ts";
import { imageTooLarge, isJpeg, isOtherImage, MAGIC_BYTES, readImage } from "./read-image.ts";

export interface ReadImagesOptions {
  /** Takes whatever begins as no JPEG for one picture of another format, as its type says. @default by its first bytes */
  readonly isOther?: boolean;
  /** Told of each picture that began and is not passed on, in plain words. */
  readonly onSkip: (reason: string) => void;
}

/**
 * The pictures of a body that somebody sends: one of any format we read, or JPEGs, as many as come, end to end or with
 * anything between them, such as the headers of a multipart body. Each is passed on at its last byte; one at the end of the
 * body, or of a part with a length, may lack its end marker.
 * @throws PictureError when a picture cannot be read, or more bytes than a picture may have came without one.
 */
export async function* readImages(
  chunks: AsyncIterable<Uint8Array>,
  { isOther = false, onSkip }: ReadImagesOptions,
): AsyncGenerator<Uint8Array, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await startOf(iterator);
  if (isOtherImage(first) || (isOther && !isJpeg(first))) {
    const picture = await whole(first, iterator);
    if (picture.length > 0) yield await readImage(picture);
    return;
  }
  const splitter = new JpegSplitter({ onSkip });
  let sinceLast = 0;
  for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await next(iterator)) {
    sinceLast += chunk.length;
    for (const jpeg of splitter.push(chunk)) {
      sinceLast = 0;
      yield jpeg;
    }
    if (sinceLast > MAX_FRAME_BYTES + MAX_BETWEEN_BYTES) throw imageTooLarge();
  }
  yield* splitter.end();
}

/** What may lie between two pictures, in bytes: the headers of a part, and padding to a block. */
const MAX_BETWEEN_BYTES = 64 * 1024;

/** The first chunks, enough of them to know a picture by. */
async function startOf(iterator: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const first = new ByteCollector(Number.POSITIVE_INFINITY);
  while (first.length < MAGIC_BYTES) {
    const chunk = await next(iterator);
    if (chunk === undefined) break;
    // The usual case, without a copy.
    if (first.length === 0 && chunk.length >= MAGIC_BYTES) return asBuffer(chunk);
    first.add(chunk);
  }
  return first.bytes();
}

async function whole(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const picture = new ByteCollector(MAX_FRAME_BYTES);
  try {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await next(iterator)) {
      picture.add(chunk);
    }
  } catch (error) {
    throw error instanceof TooManyBytes ? imageTooLarge() : error;
  }
  return picture.bytes();
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function next(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await iterator.next();
  return done ? undefined : value;
}
