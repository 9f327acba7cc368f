import { allocatePicture } from "../core/room.ts";
import { startWalk, type Walk, type WalkResult, walk } from "./walk.ts";

export interface SplitOptions {
  /** A picture of more bytes is skipped, not kept. @default MAX_PICTURE_BYTES */
  readonly maxBytes?: number;
  /** Told of each picture that began and is not passed on, in plain words. */
  readonly onSkip?: (reason: string) => void;
}

/** 16 MB: the largest JPEGs in the field, of 4K and 8K stills, stay under half of it; a runaway source does not. */
export const MAX_PICTURE_BYTES = 16 * 1024 * 1024;

/**
 * Yields each whole JPEG of a byte stream, cut anywhere, and passes over what lies between pictures: multipart headers
 * and boundaries as well as garbage. Chunks become the caller's pictures and must not be written to afterwards.
 */
export async function* split(
  chunks: AsyncIterable<Uint8Array>,
  options: SplitOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  const splitter = new JpegSplitter(options);
  for await (const chunk of chunks) yield* splitter.push(chunk);
}

/**
 * Finds the JPEGs in a byte stream by walking their markers, in one pass, whatever the sizes of the chunks.
 *
 * A picture that lies whole in one chunk is a view of it, uncopied; one that spans several is put together in a buffer
 * that is reused, and copied out of it in its exact size. Handing that buffer over instead spares the copy and costs a
 * buffer of twice the size for each picture, which the garbage collector then pays for.
 */
export class JpegSplitter {
  readonly #maxBytes: number;
  readonly #onSkip: (reason: string) => void;
  /** What of the stream is still needed: the open picture from its start, or half a start-of-image marker. */
  readonly #kept = new Accumulator();
  /** How far the open picture is walked, in positions of `#kept`. */
  #walk: Walk | undefined;
  /** The open picture is over the limit: it is walked to its end without being kept. */
  #oversize = false;
  /** How many bytes may be searched twice after false starts: as many as came, so hostile input costs linear time. */
  #credit = 0;

  constructor({ maxBytes = MAX_PICTURE_BYTES, onSkip = () => {} }: SplitOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#onSkip = onSkip;
  }

  /** Takes the next bytes of the stream; returns the pictures they complete. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#credit = Math.min(this.#credit + chunk.length, this.#maxBytes);
    const pictures: Uint8Array[] = [];
    const bytes = this.#kept.with(chunk);
    let keepFrom: number | undefined;
    let searchFrom = 0;
    while (keepFrom === undefined) {
      // A picture left open by the last chunk starts what was kept.
      const soi = this.#walk === undefined ? bytes.indexOf(SOI, searchFrom) : 0;
      if (soi < 0) {
        keepFrom = bytes.at(-1) === SOI[0] ? bytes.length - 1 : bytes.length;
      } else {
        this.#walk ??= startWalk(soi);
        const result = walk(this.#walk, bytes);
        this.#noticeOversize(this.#walk.position - soi);
        if (result === "more") keepFrom = this.#pauseWalk(this.#walk, soi, bytes.length);
        else searchFrom = this.#finish(this.#walk, result, bytes, soi, pictures);
      }
    }
    this.#kept.keep(bytes, keepFrom);
    return pictures;
  }

  #noticeOversize(size: number): void {
    if (this.#oversize || size <= this.#maxBytes) return;
    this.#oversize = true;
    this.#onSkip(`A picture is over the limit of ${this.#maxBytes} bytes`);
  }

  /** Leaves the walk for the next chunk; returns from where on the bytes are still needed. */
  #pauseWalk(walk: Walk, soi: number, length: number): number {
    const keepFrom = Math.min(this.#oversize ? walk.position : soi, length);
    walk.position -= keepFrom;
    if (walk.firstScanAt !== undefined) walk.firstScanAt -= keepFrom;
    return keepFrom;
  }

  /** Ends the walk, taking the picture if it is whole; returns where to look for the next. */
  #finish(walk: Walk, result: WalkResult, bytes: Buffer, soi: number, pictures: Uint8Array[]): number {
    const { position, firstScanAt } = walk;
    const isOversize = this.#oversize;
    this.#walk = undefined;
    this.#oversize = false;
    if (isOversize) return position;
    if (result === "end") {
      const picture = bytes.subarray(soi, position);
      pictures.push(this.#kept.owns(bytes) ? copyOf(picture) : picture);
      return position;
    }
    if (firstScanAt !== undefined || result === "restarted") this.#onSkip("A picture is not whole");
    // What got as far as a scan was no false start: a whole JPEG before that is its thumbnail.
    return result === "broken" ? this.#afterBreak(firstScanAt ?? soi, position) : position;
  }

  /** Where to look on when what began with the marker at `start` broke at `position`: right behind it, if affordable. */
  #afterBreak(start: number, position: number): number {
    const again = position - (start + 2);
    if (again > this.#credit) return position;
    this.#credit -= again;
    return start + 2;
  }
}

function copyOf(picture: Buffer): Buffer {
  const copy = allocatePicture(picture.length);
  picture.copy(copy);
  return copy;
}

const SOI = Buffer.of(0xff, 0xd8);

/** The first size of the accumulator, in bytes: a picture that spans reads of 64 KiB, and one read more. */
const FIRST_CAPACITY = 256 * 1024;

/** The unfinished end of a stream, in one buffer that is reused and grows by doubling. */
class Accumulator {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** What is kept with `chunk` behind it, until the next call: `chunk` itself if nothing is kept. */
  with(chunk: Uint8Array): Buffer {
    if (this.#length === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#append(chunk);
    return this.#buffer.subarray(0, this.#length);
  }

  /** True when `bytes`, which came from `with`, will be overwritten. */
  owns(bytes: Buffer): boolean {
    return bytes.buffer === this.#buffer.buffer;
  }

  /** Keeps `bytes`, which came from `with`, from `start` on. */
  keep(bytes: Buffer, start: number): void {
    if (this.owns(bytes)) {
      // An open picture stays where it is, however many pieces it comes in.
      if (start > 0) this.#buffer.copyWithin(0, start, bytes.length);
      this.#length = bytes.length - start;
    } else {
      this.#length = 0;
      this.#append(bytes.subarray(start));
    }
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length * 2, FIRST_CAPACITY));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}
