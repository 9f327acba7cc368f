import { followingLengths, isGainMap } from "./multi-picture.ts";
import { readPartHeader } from "./part-header.ts";

/**
 * Tells frames from images that belong to them, such as gain maps.
 *
 * An image belongs to the frame before it if both are in one part, if the frame's index names its
 * length, or if it says that it is a gain map. An image with its own index is a frame.
 */
export class Companions {
  #partEnd: number | undefined;
  #hasFrame = false;
  #expected: number[] = NONE;

  get partEnd(): number | undefined {
    return this.#partEnd;
  }

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

  /** Returns whether a whole image is a frame; `header` ends before its first scan. */
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
