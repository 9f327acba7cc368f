import { type Orientation, readOrientation } from "./orientation.ts";
import { segmentsOf } from "./segments.ts";
import { isFrameHeader } from "./walk.ts";

/** As stored: an EXIF orientation is not applied. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** Samples across and down, relative to other components (T.81 A.1.1). */
export interface Sampling {
  readonly h: number;
  readonly v: number;
}

/** Stays the same from frame to frame, for decoders of a stream. */
export interface FrameLayout extends FrameSize {
  readonly components: readonly Sampling[];
}

export interface JpegHeader extends FrameLayout {
  /** @default 1, not turned */
  readonly orientation: Orientation;
}

/**
 * Reads the frame header of a JPEG (T.81 B.2.2), and the EXIF orientation before it; undefined
 * without a valid one.
 */
export function readHeader(jpeg: Uint8Array): JpegHeader | undefined {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let orientation: Orientation | undefined;
  for (const { code, from, to } of segmentsOf(bytes)) {
    const body = bytes.subarray(from, to);
    if (code === APP1) orientation ??= readOrientation(body);
    else if (isFrameHeader(code)) return readFrameHeader(body, orientation ?? 1);
  }
  return undefined;
}

const APP1 = 0xe1;

function readFrameHeader(body: Buffer, orientation: Orientation): JpegHeader | undefined {
  if (body.length < 6) return undefined;
  const [height, width, count] = [body.readUInt16BE(1), body.readUInt16BE(3), body[5] as number];
  if (width === 0 || height === 0 || body.length < 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, index) => {
    const factors = body[7 + 3 * index] as number;
    return { h: factors >> 4, v: factors & 15 };
  });
  return { width, height, components, orientation };
}
