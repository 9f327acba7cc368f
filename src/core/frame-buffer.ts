/*
 * A frame is copied once, out of its camera's memory, with room around it. The headers
 * of its part are written there, so the frame is not copied again. Measured for one
 * viewer of a webcam: that was half of the memory allocated, and of the garbage.
 */

/** Room for a part's header before a frame, and for its end behind it. */
const HEADROOM = 160;
const TAILROOM = 96;

/** Memory with a single frame in it. Other frames may have neighbors. */
const roomy = new WeakSet<ArrayBufferLike>();

/** Allocates uninitialized memory for a frame, with room around it. */
export function allocateFrame(length: number): Buffer {
  const memory = Buffer.allocUnsafeSlow(HEADROOM + length + TAILROOM);
  roomy.add(memory.buffer);
  return memory.subarray(HEADROOM, HEADROOM + length);
}

/**
 * Returns the frame with bytes before and behind it, or undefined if it has no such
 * room. All callers write the same there, since a part depends on its frame alone.
 */
export function widenFrame(frame: Uint8Array, before: number, behind: number): Buffer | undefined {
  const { buffer, byteOffset, length } = frame;
  const isThere = byteOffset >= before && byteOffset + length + behind <= buffer.byteLength;
  return isThere && roomy.has(buffer) ? Buffer.from(buffer, byteOffset - before, before + length + behind) : undefined;
}
