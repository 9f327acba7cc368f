import { JpegSplitter, MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { ByteCollector, TooManyBytes } from "../util/byte-collector.ts";
import { imageTooLarge, isJpeg, isOtherImage, MAGIC_BYTES, readImage } from "./read-image.ts";

export interface ReadImagesOptions {
  /** @default by its first bytes */
  readonly isOther?: boolean;
  readonly onSkip: (reason: string) => void;
}

/**
 * Yields the images of a body as JPEGs: one of any format, or JPEGs with anything between. @throws
 * ReadImageError if an image cannot be read, or none came within the size limit.
 */
export async function* readImages(
  chunks: AsyncIterable<Uint8Array>,
  { isOther = false, onSkip }: ReadImagesOptions,
): AsyncGenerator<Uint8Array, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await startOf(iterator);
  if (isOtherImage(first) || (isOther && !isJpeg(first))) {
    const image = await whole(first, iterator);
    if (image.length > 0) yield await readImage(image);
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

/** Headers and padding. */
const MAX_BETWEEN_BYTES = 64 * 1024;

async function startOf(iterator: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const first = new ByteCollector(Number.POSITIVE_INFINITY);
  while (first.length < MAGIC_BYTES) {
    const chunk = await next(iterator);
    if (chunk === undefined) break;
    if (first.length === 0 && chunk.length >= MAGIC_BYTES) return asBuffer(chunk);
    first.add(chunk);
  }
  return first.bytes();
}

async function whole(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const image = new ByteCollector(MAX_FRAME_BYTES);
  try {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await next(iterator)) {
      image.add(chunk);
    }
  } catch (error) {
    throw error instanceof TooManyBytes ? imageTooLarge() : error;
  }
  return image.bytes();
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function next(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await iterator.next();
  return done ? undefined : value;
}
