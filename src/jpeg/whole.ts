import { startWalk, walk } from "./walk.ts";

/** What comes of bytes that should hold one JPEG: the picture without what surrounds it, or why there is none. */
export type WholeJpeg = { readonly jpeg: Buffer } | { readonly reason: string };

/**
 * Takes the one JPEG out of a buffer that a camera filled: its end may be followed by padding. The picture is a view.
 */
export function wholeJpeg(bytes: Buffer): WholeJpeg {
  const soi = bytes[0] === 0xff && bytes[1] === 0xd8 ? 0 : bytes.indexOf(SOI);
  if (soi < 0) return { reason: "A buffer held no picture" };
  const state = startWalk(soi);
  if (walk(state, bytes) !== "end") return { reason: "A picture is not whole" };
  return { jpeg: bytes.subarray(soi, state.position) };
}

/** Start of image (T.81 table B.1). */
const SOI = Buffer.of(0xff, 0xd8);
