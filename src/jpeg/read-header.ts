import { type Orientation, readOrientation } from "./orientation.ts";
import { segmentsOf } from "./segments.ts";
import { isFrameHeader } from "./walk.ts";

/** A size in pixels, as it is stored: an EXIF orientation is not applied. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/**
 * How often a component is sampled, across and down, relative to the others (T.81
 * A.1.1).
 */
export interface Sampling {
  readonly h: number;
  readonly v: number;
}

/** What must stay the same from frame to frame for programs that decode a stream. */
export interface FrameLayout extends FrameSize {
  /** One for gray, three for color, four for CMYK. */
  readonly components: readonly Sampling[];
}

export interface JpegHeader extends FrameLayout {
  /** Turns the stored image upright; 1, which does not turn it, by default. */
  readonly orientation: Orientation;
}

/**
 * Reads the frame header of a JPEG (T.81 B.2.2), and the orientation from the EXIF
 * before it. Returns undefined without a frame header, or with one that makes no sense.
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

/** Reads precision, height and width; then three bytes of each component. */
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
