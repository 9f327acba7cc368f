import { withEndMarker } from "./end-marker.ts";
import { MAX_FRAME_BYTES } from "./split.ts";
import { startWalk, walk } from "./walk.ts";

/** The JPEG that bytes hold, or why they hold none. */
export type WholeJpeg = { readonly jpeg: Buffer } | { readonly reason: string };

export interface WholeJpegOptions {
  /**
   * Refuses a JPEG without an end marker, if the bytes may be incomplete: a camera's
   * buffer that lost packets, a file being written. @default false: adds the end marker
   */
  readonly needsEnd?: boolean;
}

/**
 * Takes the one JPEG out of a message, a camera's buffer or a file. Ignores what
 * follows, such as padding or a phone's gain maps (CIPA DC-007). The JPEG is a view,
 * unless its end was missing.
 *
 * A broken JPEG is refused: what follows is a piece of another, and a whole JPEG within
 * is a thumbnail.
 */
export function wholeJpeg(bytes: Buffer, { needsEnd = false }: WholeJpegOptions = {}): WholeJpeg {
  let soi = bytes[0] === 0xff && bytes[1] === 0xd8 ? 0 : bytes.indexOf(SOI);
  if (soi < 0) return { reason: "A buffer held no JPEG" };
  const state = startWalk(soi);
  let result = walk(state, bytes);
  // A start marker too many is ignored.
  while (result === "restarted" && state.firstScanAt === undefined) {
    soi = state.position;
    result = walk(startWalk(soi, state), bytes);
  }
  const isWhole =
    result === "end" || (result === "more" && state.inScan && !needsEnd && state.position <= bytes.length);
  if (!isWhole) return { reason: "A frame is incomplete" };
  const jpeg = result === "end" ? bytes.subarray(soi, state.position) : withEndMarker(bytes.subarray(soi));
  return jpeg.length > MAX_FRAME_BYTES ? { reason: `A frame is over the limit of ${MAX_FRAME_BYTES} bytes` } : { jpeg };
}

/** Start of image (T.81 table B.1). */
const SOI = Buffer.of(0xff, 0xd8);
