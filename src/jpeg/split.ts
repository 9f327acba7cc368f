import { allocateFrame } from "../core/frame-buffer.ts";
import { Accumulator } from "./accumulator.ts";
import { Companions } from "./companions.ts";
import { withEndMarker } from "./end-marker.ts";
import { endBeforePart, endOfBody, isPartEnd, PART_HEADER_BYTES } from "./part-header.ts";
import { startWalk, type Walk, type WalkResult, walk } from "./walk.ts";

export interface SplitOptions {
  /** A larger frame is skipped. @default MAX_FRAME_BYTES */
  readonly maxBytes?: number;
  /** Told why a frame is skipped. */
  readonly onSkip?: (reason: string) => void;
}

/** JPEGs of 4K and 8K stills stay under half of it. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * Yields each whole JPEG of a byte stream; skips what lies between. Frames share the chunks'
 * memory: never write to it.
 */
export async function* split(
  chunks: AsyncIterable<Uint8Array>,
  options: SplitOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  const splitter = new JpegSplitter(options);
  for await (const chunk of chunks) yield* splitter.push(chunk);
}

/**
 * Finds JPEGs in a byte stream, in one pass.
 *
 * A frame within one chunk is a view. One that spans chunks is put together in a reused buffer and
 * copied once: handing the buffer over would cost the garbage collector twice the frame's size.
 */
export class JpegSplitter {
  readonly #maxBytes: number;
  readonly #onSkip: (reason: string) => void;
  readonly #kept = new Accumulator();
  readonly #companions = new Companions();
  /** In positions of `#kept`. */
  #walk: Walk | undefined;
  /** Walked to its end, not kept. */
  #oversize = false;
  /** Bounds the bytes searched twice after false starts, so hostile input costs linear time. */
  #credit = 0;
  #origin = 0;
  /** May hold a part's header. */
  #between: Buffer = NOTHING;

  constructor({ maxBytes = MAX_FRAME_BYTES, onSkip = () => {} }: SplitOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#onSkip = onSkip;
  }

  /** Returns the frames that `chunk` completes. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#credit = Math.min(this.#credit + chunk.length, this.#maxBytes);
    const frames: Uint8Array[] = [];
    const bytes = this.#kept.with(chunk);
    let keepFrom: number | undefined;
    let searchFrom = 0;
    let betweenFrom = 0;
    while (keepFrom === undefined) {
      const soi = this.#walk === undefined ? bytes.indexOf(SOI, searchFrom) : 0;
      if (soi < 0) {
        keepFrom = bytes.at(-1) === SOI[0] ? bytes.length - 1 : bytes.length;
        this.#addBetween(bytes, betweenFrom, keepFrom);
      } else {
        if (this.#walk === undefined) this.#begin(bytes, betweenFrom, soi);
        const after = this.#walkOn(bytes, soi, frames);
        if (after === undefined) keepFrom = this.#pauseWalk(soi, bytes.length);
        else searchFrom = after;
        betweenFrom = this.#between === NOTHING ? searchFrom : soi;
      }
    }
    this.#kept.keep(bytes, keepFrom);
    this.#origin += keepFrom;
    return frames;
  }

  /** Ends the stream; returns the open frame if only its end marker is missing. */
  end(): Uint8Array[] {
    const walk = this.#walk;
    if (walk === undefined || this.#oversize) return [];
    const bytes = this.#kept.with(NOTHING);
    const frames: Uint8Array[] = [];
    const { partEnd } = this.#companions;
    const end = Math.min(endOfBody(bytes), (partEnd ?? Number.POSITIVE_INFINITY) - this.#origin);
    const isWhole = walk.inScan && walk.position <= bytes.length && (partEnd ?? 0) - this.#origin <= bytes.length;
    if (isWhole) this.#finishPart(walk, bytes, 0, end, frames);
    else this.#onSkip(NOT_WHOLE);
    this.#walk = undefined;
    return frames;
  }

  #begin(bytes: Buffer, betweenFrom: number, soi: number): void {
    this.#addBetween(bytes, betweenFrom, soi);
    this.#companions.begin(this.#between, this.#origin + soi);
    this.#walk = startWalk(soi);
  }

  /** Returns where to look for the next frame, or undefined for more bytes. */
  #walkOn(bytes: Buffer, soi: number, frames: Uint8Array[]): number | undefined {
    const open = this.#walk as Walk;
    const result = walk(open, bytes);
    this.#noticeOversize(open.position - soi);
    const partEnd = this.#partEndIn(bytes, open, result);
    if (partEnd !== undefined) return this.#finishPart(open, bytes, soi, partEnd, frames);
    return result === "more" ? undefined : this.#finish(open, result, bytes, soi, frames);
  }

  #addBetween(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return;
    const start = Math.max(from, to - PART_HEADER_BYTES);
    this.#between = Buffer.concat([this.#between, bytes.subarray(start, to)]).subarray(-PART_HEADER_BYTES);
  }

  #noticeOversize(size: number): void {
    if (this.#oversize || size <= this.#maxBytes) return;
    this.#oversize = true;
    this.#onSkip(`A frame is over the limit of ${this.#maxBytes} bytes`);
  }

  /**
   * Returns where the open frame's part ends, without an end marker: by its length, or before the
   * next boundary.
   */
  #partEndIn(bytes: Buffer, { position, firstScanAt }: Walk, result: WalkResult): number | undefined {
    if (firstScanAt === undefined || result === "end" || this.#oversize) return undefined;
    const { partEnd = Number.NEGATIVE_INFINITY } = this.#companions;
    const end = partEnd - this.#origin;
    if (end > firstScanAt && end - 1 <= position && isPartEnd(bytes, end)) return end;
    const boundaryAt = result === "restarted" ? endBeforePart(bytes, firstScanAt, position) : undefined;
    return boundaryAt !== undefined && end <= boundaryAt ? boundaryAt : undefined;
  }

  /** Returns the first byte still needed. */
  #pauseWalk(soi: number, length: number): number {
    const walk = this.#walk as Walk;
    const keepFrom = Math.min(this.#oversize ? walk.position : soi, length);
    walk.position -= keepFrom;
    if (walk.firstScanAt !== undefined) walk.firstScanAt -= keepFrom;
    return keepFrom;
  }

  /** Adds the end marker; returns where to look on. */
  #finishPart(walk: Walk, bytes: Buffer, soi: number, end: number, frames: Uint8Array[]): number {
    this.#walk = undefined;
    this.#pass(withEndMarker(bytes.subarray(soi, end)), walk, soi, frames);
    return end;
  }

  /** Returns where to look on. */
  #finish(walk: Walk, result: WalkResult, bytes: Buffer, soi: number, frames: Uint8Array[]): number {
    const { position, firstScanAt } = walk;
    const isOversize = this.#oversize;
    this.#walk = undefined;
    this.#oversize = false;
    if (isOversize) return position;
    if (result === "end") {
      this.#pass(bytes.subarray(soi, position), walk, soi, frames);
      return position;
    }
    const hasSegments = firstScanAt !== undefined || position > soi + (result === "restarted" ? 2 : 4);
    if (hasSegments) this.#onSkip(NOT_WHOLE);
    // After a scan began, a whole JPEG before the break is a thumbnail.
    return result === "broken" ? this.#afterBreak(firstScanAt ?? soi, position) : position;
  }

  #pass(frame: Buffer, { firstScanAt = 0 }: Walk, soi: number, frames: Uint8Array[]): void {
    this.#between = NOTHING;
    const header = frame.subarray(0, firstScanAt - soi);
    if (!this.#companions.isFrame(this.#origin + soi, frame.length, header)) this.#onSkip(COMPANION);
    else frames.push(this.#kept.owns(frame) ? copyOf(frame) : frame);
  }

  /** Returns where to look on: right behind the start, if affordable. */
  #afterBreak(start: number, position: number): number {
    const again = position - (start + 2);
    if (again > this.#credit) return position;
    this.#credit -= again;
    return start + 2;
  }
}

const NOT_WHOLE = "A frame is incomplete";
const COMPANION = "A second image of a frame, such as a gain map, is not shown";
const NOTHING = Buffer.alloc(0);

function copyOf(frame: Buffer): Buffer {
  const copy = allocateFrame(frame.length);
  frame.copy(copy);
  return copy;
}

const SOI = Buffer.of(0xff, 0xd8);
