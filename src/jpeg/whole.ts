import { withEndMarker } from "./end-marker.ts";
import { MAX_FRAME_BYTES } from "./split.ts";
import { startWalk, walk } from "./walk.ts";

/** What comes of bytes that should hold one JPEG: the picture without what surrounds it, or, in plain words, why not. */
export type WholeJpeg = { readonly jpeg: Buffer } | { readonly reason: string };

export interface WholeJpegOptions {
  /**
   * Refuses a picture without an end marker, where the end of the bytes does not tell that it is whole: a camera's buffer
   * that lost packets, a file that is being written. @default false: it gets its end marker, as decoders read it
   */
  readonly needsEnd?: boolean;
}

/**
 * Takes the one JPEG out of a message, a camera's buffer or a file: anything may follow its end, such as padding, or the
 * gain maps and previews that phones put behind a picture (CIPA DC-007). The picture is a view, unless its end was missing.
 *
 * Where it is broken, nothing is taken: what follows is a piece of another picture, and the whole JPEG within it is a
 * thumbnail.
 */
export function wholeJpeg(bytes: Buffer, { needsEnd = false }: WholeJpegOptions = {}): WholeJpeg {
  let soi = bytes[0] === 0xff && bytes[1] === 0xd8 ? 0 : bytes.indexOf(SOI);
  if (soi < 0) return { reason: "A buffer held no picture" };
  const state = startWalk(soi);
  let result = walk(state, bytes);
  // A start marker too many: what stands before the second is no picture.
  while (result === "restarted" && state.firstScanAt === undefined) {
    soi = state.position;
    result = walk(startWalk(soi, state), bytes);
  }
  const isWhole =
    result === "end" || (result === "more" && state.inScan && !needsEnd && state.position <= bytes.length);
  if (!isWhole) return { reason: "A picture is not whole" };
  const jpeg = result === "end" ? bytes.subarray(soi, state.position) : withEndMarker(bytes.subarray(soi));
  return jpeg.length > MAX_FRAME_BYTES
    ? { reason: `A picture is over the limit of ${MAX_FRAME_BYTES} bytes` }
    : { jpeg };
}

/** Start of image (T.81 table B.1). */
const SOI = Buffer.of(0xff, 0xd8);
