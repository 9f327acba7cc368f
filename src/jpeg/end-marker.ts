import { allocateFrame } from "../core/frame-buffer.ts";

/** A copy with the end marker that is missing, or with the second byte of it. */
export function withEndMarker(picture: Buffer): Buffer {
  const length = picture.at(-1) === EOI[0] ? picture.length - 1 : picture.length;
  const ended = allocateFrame(length + EOI.length);
  picture.copy(ended, 0, 0, length);
  ended.set(EOI, length);
  return ended;
}

/** End of image (T.81 table B.1). */
const EOI = Buffer.of(0xff, 0xd9);
