import { allocateFrame } from "../core/frame-buffer.ts";
import { Accumulator } from "./accumulator.ts";
import { Companions } from "./companions.ts";
import { withEndMarker } from "./end-marker.ts";
import { endBeforePart, endOfBody, isPartEnd, PART_HEADER_BYTES } from "./part-header.ts";
import { startWalk, type Walk, type WalkResult, walk } from "./walk.ts";

export interface SplitOptions {
  /** A picture of more bytes is skipped, not kept. @default MAX_PICTURE_BYTES */
  readonly maxBytes?: number;
  /** Told of each picture that began and is not passed on, in plain words. */
  readonly onSkip?: (reason: string) => void;
}

/** 16 MB: the largest JPEGs in the field, of 4K and 8K stills, stay under half of it; a runaway source does not. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

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
  readonly #companions = new Companions();
  /** How far the open picture is walked, in positions of `#kept`. */
  #walk: Walk | undefined;
  /** The open picture is over the limit: it is walked to its end without being kept. */
  #oversize = false;
  /** How many bytes may be searched twice after false starts: as many as came, so hostile input costs linear time. */
  #credit = 0;
  /** Where `#kept` starts in the stream. */
  #origin = 0;
  /** The end of what stood between the last picture and the open one, or the next: a part's header may be in it. */
  #between: Buffer = NOTHING;

  constructor({ maxBytes = MAX_FRAME_BYTES, onSkip = () => {} }: SplitOptions = {}) {
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
    // Where what stands between pictures goes on.
    let betweenFrom = 0;
    while (keepFrom === undefined) {
      // A picture left open by the last chunk starts what was kept.
      const soi = this.#walk === undefined ? bytes.indexOf(SOI, searchFrom) : 0;
      if (soi < 0) {
        keepFrom = bytes.at(-1) === SOI[0] ? bytes.length - 1 : bytes.length;
        this.#addBetween(bytes, betweenFrom, keepFrom);
      } else {
        if (this.#walk === undefined) this.#begin(bytes, betweenFrom, soi);
        const after = this.#walkOn(bytes, soi, pictures);
        if (after === undefined) keepFrom = this.#pauseWalk(soi, bytes.length);
        else searchFrom = after;
        betweenFrom = this.#between === NOTHING ? searchFrom : soi;
      }
    }
    this.#kept.keep(bytes, keepFrom);
    this.#origin += keepFrom;
    return pictures;
  }

  /**
   * The stream has ended, as whoever sent it meant it to: a picture that lacks its end marker alone is whole. Returns it, or
   * nothing.
   */
  end(): Uint8Array[] {
    const walk = this.#walk;
    if (walk === undefined || this.#oversize) return [];
    const bytes = this.#kept.with(NOTHING);
    const pictures: Uint8Array[] = [];
    const { partEnd } = this.#companions;
    // A part is not whole of which less came than it has.
    const end = Math.min(endOfBody(bytes), (partEnd ?? Number.POSITIVE_INFINITY) - this.#origin);
    const isWhole = walk.inScan && walk.position <= bytes.length && (partEnd ?? 0) - this.#origin <= bytes.length;
    if (isWhole) this.#finishPart(walk, bytes, 0, end, pictures);
    else this.#onSkip(NOT_WHOLE);
    this.#walk = undefined;
    return pictures;
  }

  /** A picture begins: with what stands before it, or the last that is kept of that. */
  #begin(bytes: Buffer, betweenFrom: number, soi: number): void {
    this.#addBetween(bytes, betweenFrom, soi);
    this.#companions.begin(this.#between, this.#origin + soi);
    this.#walk = startWalk(soi);
  }

  /** Walks on through the open picture; returns where to look for the next, or undefined when more of it is to come. */
  #walkOn(bytes: Buffer, soi: number, pictures: Uint8Array[]): number | undefined {
    const open = this.#walk as Walk;
    const result = walk(open, bytes);
    this.#noticeOversize(open.position - soi);
    const partEnd = this.#partEndIn(bytes, open, result);
    if (partEnd !== undefined) return this.#finishPart(open, bytes, soi, partEnd, pictures);
    return result === "more" ? undefined : this.#finish(open, result, bytes, soi, pictures);
  }

  #addBetween(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return;
    const start = Math.max(from, to - PART_HEADER_BYTES);
    this.#between = Buffer.concat([this.#between, bytes.subarray(start, to)]).subarray(-PART_HEADER_BYTES);
  }

  #noticeOversize(size: number): void {
    if (this.#oversize || size <= this.#maxBytes) return;
    this.#oversize = true;
    this.#onSkip(`A picture is over the limit of ${this.#maxBytes} bytes`);
  }

  /**
   * Where the part ends that holds the open picture, which has no end marker: by its length if the end of a part follows it,
   * or before the boundary and the next part's header, unless the part's length says that more was to come.
   */
  #partEndIn(bytes: Buffer, { position, firstScanAt }: Walk, result: WalkResult): number | undefined {
    if (firstScanAt === undefined || result === "end" || this.#oversize) return undefined;
    const { partEnd = Number.NEGATIVE_INFINITY } = this.#companions;
    const end = partEnd - this.#origin;
    // The first byte of an end marker may be there.
    if (end > firstScanAt && end - 1 <= position && isPartEnd(bytes, end)) return end;
    const boundaryAt = result === "restarted" ? endBeforePart(bytes, firstScanAt, position) : undefined;
    return boundaryAt !== undefined && end <= boundaryAt ? boundaryAt : undefined;
  }

  /** Leaves the walk for the next chunk; returns from where on the bytes are still needed. */
  #pauseWalk(soi: number, length: number): number {
    const walk = this.#walk as Walk;
    const keepFrom = Math.min(this.#oversize ? walk.position : soi, length);
    walk.position -= keepFrom;
    if (walk.firstScanAt !== undefined) walk.firstScanAt -= keepFrom;
    return keepFrom;
  }

  /** Ends the walk at the end of a part, or of the stream, and passes the picture on with an end marker; returns where to look for the next. */
  #finishPart(walk: Walk, bytes: Buffer, soi: number, end: number, pictures: Uint8Array[]): number {
    this.#walk = undefined;
    this.#pass(withEndMarker(bytes.subarray(soi, end)), walk, soi, pictures);
    return end;
  }

  /** Ends the walk, taking the picture if it is whole; returns where to look for the next. */
  #finish(walk: Walk, result: WalkResult, bytes: Buffer, soi: number, pictures: Uint8Array[]): number {
    const { position, firstScanAt } = walk;
    const isOversize = this.#oversize;
    this.#walk = undefined;
    this.#oversize = false;
    if (isOversize) return position;
    if (result === "end") {
      this.#pass(bytes.subarray(soi, position), walk, soi, pictures);
      return position;
    }
    // A start marker too many is no picture, and neither is one with no segment behind it.
    const hasSegments = firstScanAt !== undefined || position > soi + (result === "restarted" ? 2 : 4);
    if (hasSegments) this.#onSkip(NOT_WHOLE);
    // What got as far as a scan was no false start: a whole JPEG before that is its thumbnail.
    return result === "broken" ? this.#afterBreak(firstScanAt ?? soi, position) : position;
  }

  /** Passes a whole picture on if it is a frame. */
  #pass(picture: Buffer, { firstScanAt = 0 }: Walk, soi: number, pictures: Uint8Array[]): void {
    this.#between = NOTHING;
    const header = picture.subarray(0, firstScanAt - soi);
    if (!this.#companions.isFrame(this.#origin + soi, picture.length, header)) this.#onSkip(COMPANION);
    else pictures.push(this.#kept.owns(picture) ? copyOf(picture) : picture);
  }

  /** Where to look on when what began with the marker at `start` broke at `position`: right behind it, if affordable. */
  #afterBreak(start: number, position: number): number {
    const again = position - (start + 2);
    if (again > this.#credit) return position;
    this.#credit -= again;
    return start + 2;
  }
}

const NOT_WHOLE = "A picture is not whole";
const COMPANION = "A second picture of a frame, such as a gain map, is not shown";
const NOTHING = Buffer.alloc(0);

function copyOf(picture: Buffer): Buffer {
  const copy = allocateFrame(picture.length);
  picture.copy(copy);
  return copy;
}

const SOI = Buffer.of(0xff, 0xd8);
