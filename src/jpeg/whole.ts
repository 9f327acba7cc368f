import { withEndMarker } from "./end-marker.ts";
import { MAX_FRAME_BYTES } from "./split.ts";
import { startWalk, walk } from "./walk.ts";

export type WholeJpeg = { readonly jpeg: Buffer } | { readonly reason: string };

export interface WholeJpegOptions {
  /**
   * Refuses a JPEG without an end marker, for bytes that may be incomplete. @default false: adds
   * the end marker
   */
  readonly needsEnd?: boolean;
}

/**
 * Takes the one JPEG out of a message or file, as a view; ignores what follows, such as gain maps
 * (CIPA DC-007).
 *
 * Refuses a broken JPEG: a whole one within is a thumbnail.
 */
export function wholeJpeg(bytes: Buffer, { needsEnd = false }: WholeJpegOptions = {}): WholeJpeg {
  let soi = bytes[0] === 0xff && bytes[1] === 0xd8 ? 0 : bytes.indexOf(SOI);
  if (soi < 0) return { reason: "A buffer held no JPEG" };
  const state = startWalk(soi);
  let result = walk(state, bytes);
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
