import { MAX_PICTURE_BYTES } from "./split.ts";
import { startWalk, walk } from "./walk.ts";

/** What comes of bytes that should hold one JPEG: the picture without what surrounds it, or, in plain words, why not. */
export type WholeJpeg = { readonly jpeg: Buffer } | { readonly reason: string };

/**
 * Takes the one JPEG out of a camera's buffer or a file: anything may follow its end, such as padding, or the previews
 * that phones put behind a picture. The picture is a view.
 *
 * Where it is broken, nothing is taken: what follows is a piece of another picture, and the whole JPEG within it is a
 * thumbnail.
 */
export function wholeJpeg(bytes: Buffer): WholeJpeg {
  const soi = bytes[0] === 0xff && bytes[1] === 0xd8 ? 0 : bytes.indexOf(SOI);
  if (soi < 0) return { reason: "A buffer held no picture" };
  const state = startWalk(soi);
  if (walk(state, bytes) !== "end") return { reason: "A picture is not whole" };
  const jpeg = bytes.subarray(soi, state.position);
  return jpeg.length > MAX_PICTURE_BYTES
    ? { reason: `A picture is over the limit of ${MAX_PICTURE_BYTES} bytes` }
    : { jpeg };
}

/** Start of image (T.81 table B.1). */
const SOI = Buffer.of(0xff, 0xd8);
