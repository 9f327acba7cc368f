import { allocateFrame } from "../core/frame-buffer.ts";

/** Copies a JPEG and adds the missing part of its end marker. */
export function withEndMarker(frame: Buffer): Buffer {
  const length = frame.at(-1) === EOI[0] ? frame.length - 1 : frame.length;
  const ended = allocateFrame(length + EOI.length);
  frame.copy(ended, 0, 0, length);
  ended.set(EOI, length);
  return ended;
}

/** End of image (T.81 table B.1). */
const EOI = Buffer.of(0xff, 0xd9);
