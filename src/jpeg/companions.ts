import { followingLengths, isGainMap } from "./multi-picture.ts";
import { readPartHeader } from "./part-header.ts";

/**
 * Tells the frames of a stream from the pictures that belong to them, such as gain maps. Positions count from the start of
 * the stream.
 *
 * A picture belongs to the frame before it if it lies in the same part of a multipart body, or if that frame's index
 * tells of it: by its length, or because it calls itself a gain map. A picture with an index of its own is
 * a frame: so two frames of one camera are two, whatever their indexes say.
 */
export class Companions {
  /** Where the part ends in which the newest picture began, if it has a length. */
  #partEnd: number | undefined;
  /** The part had its frame. */
  #hasFrame = false;
  /** Lengths of the pictures that are to follow the frame. */
  #expected: number[] = NONE;

  /** Where the part ends in which the newest picture began, as far as its header says. */
  get partEnd(): number | undefined {
    return this.#partEnd;
  }

  /** A picture begins at `start`, behind what stood since the one before, or the end of that. */
  begin(before: Buffer, start: number): void {
    const header = before.length === 0 ? undefined : readPartHeader(before);
    if (header === undefined) {
      if (this.#partEnd !== undefined && start >= this.#partEnd) this.#partEnd = undefined;
      return;
    }
    this.#partEnd = header.length === undefined ? undefined : start + header.length;
    this.#hasFrame = false;
    this.#expected = NONE;
  }

  /** Takes a whole picture that began at `start`; `header` is what stands before its first scan. Returns whether it is a frame. */
  isFrame(start: number, length: number, header: Buffer): boolean {
    if (this.#hasFrame && this.#partEnd !== undefined && start < this.#partEnd) return false;
    const following = followingLengths(header);
    if (following === undefined && this.#isExpected(length, header)) return false;
    this.#hasFrame = true;
    this.#expected = following ?? NONE;
    return true;
  }

  #isExpected(length: number, header: Buffer): boolean {
    if (this.#expected.length === 0) return false;
    const index = this.#expected.indexOf(length);
    if (index < 0 && !isGainMap(header)) return false;
    this.#expected.splice(Math.max(0, index), 1);
    return true;
  }
}

const NONE: number[] = [];
