/*
 * A picture is copied once, out of the memory of its camera. Where that copy is made, room is left around it, so that what
 * stands around a picture on its way out is written there, and the picture is not copied again: for one viewer of a webcam
 * that was half of the memory allocated, and of the garbage collected.
 */

/** Bytes of room before a picture, for the header of a part, and behind it. */
const HEADROOM = 160;
const TAILROOM = 96;

/** Memory with a single picture in it, and room around that. Others may have other things before and behind a picture. */
const roomy = new WeakSet<ArrayBufferLike>();

/** Uninitialised memory for a picture of so many bytes, with room around it. */
export function allocateFrame(length: number): Buffer {
  const memory = Buffer.allocUnsafeSlow(HEADROOM + length + TAILROOM);
  roomy.add(memory.buffer);
  return memory.subarray(HEADROOM, HEADROOM + length);
}

/**
 * The picture with so many bytes before and behind it, if it has that room; undefined else. All who ask write the same
 * there: what stands around a picture depends on the picture alone.
 */
export function widenFrame(picture: Uint8Array, before: number, behind: number): Buffer | undefined {
  const { buffer, byteOffset, length } = picture;
  const isThere = byteOffset >= before && byteOffset + length + behind <= buffer.byteLength;
  return isThere && roomy.has(buffer) ? Buffer.from(buffer, byteOffset - before, before + length + behind) : undefined;
}
