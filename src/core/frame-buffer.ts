/*
 * A frame is copied once, with room for the headers of its part around it. Measured for one viewer
 * of a webcam: a second copy was half of the memory allocated, and of the garbage.
 */

const HEADROOM = 160;
const TAILROOM = 96;

/** Memory with a single frame in it. */
const roomy = new WeakSet<ArrayBufferLike>();

/** Allocates uninitialized memory, with room around the frame. */
export function allocateFrame(length: number): Buffer {
  const memory = Buffer.allocUnsafeSlow(HEADROOM + length + TAILROOM);
  roomy.add(memory.buffer);
  return memory.subarray(HEADROOM, HEADROOM + length);
}

/**
 * Returns the frame with bytes around it; undefined without such room. All callers write the same
 * there: a part depends on its frame alone.
 */
export function widenFrame(frame: Uint8Array, before: number, behind: number): Buffer | undefined {
  const { buffer, byteOffset, length } = frame;
  const isThere = byteOffset >= before && byteOffset + length + behind <= buffer.byteLength;
  return isThere && roomy.has(buffer) ? Buffer.from(buffer, byteOffset - before, before + length + behind) : undefined;
}
