import type { ValidFrame } from "../core/validate-frames.ts";
import { insertableTables, startHeaderScan, takeSegment } from "./header-scan.ts";
import { standardTables } from "./huffman.ts";
import { isStray, MAX_STEPS } from "./segments.ts";
import { mayHoldThumbnail, segmentWithoutThumbnail } from "./thumbnails.ts";
import { startWalk, step } from "./walk.ts";

/**
 * Looks at a whole JPEG's header and mends what viewers stumble over, without decoding:
 *
 * - Huffman tables that are missing are inserted. Many UVC cameras leave them out, as MJPEG may where they are the
 *   standard's (USB Video Payload MJPEG 1.1, quoted at https://github.com/etemesi254/zune-image/issues/136). Chromium,
 *   Firefox and ffmpeg know them by heart; Safari shows nothing (https://github.com/AlexxIT/go2rtc/pull/2439).
 * - Thumbnails are taken out, and so are stray bytes between segments, which libjpeg passes over with a warning.
 *
 * A picture that needs nothing is returned as it is. What no decoder takes for a picture is refused, since Chromium's
 * `<img>` never recovers from one (measured 2026-11-20): a header that cannot be walked, or that does not say the size.
 *
 * Never throws. Entropy-coded data is not looked at, but in the rare sequential picture of several scans. At 30 pictures
 * a second of 1280×720 and 80 KB, one that needs nothing costs 6 µs, and one that lacks its tables 25 µs, of which the
 * copy is 17 (medians, measured 2026-11-21; without a pause between them the first is under 1 µs).
 */
export function repair(jpeg: Uint8Array): ValidFrame | { readonly reason: string } {
  const bytes = Buffer.isBuffer(jpeg) ? jpeg : Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return { reason: "What came is no JPEG" };
  let edits = readHeader(bytes);
  const { problem, width, height } = header;
  if (problem !== undefined) return { reason: problem };
  const tables = insertableTables(header);
  if (tables !== 0) {
    // Right before the scan: tables that are there stand before it, and stay.
    const at = walk.firstScanAt as number;
    edits = [...edits, { from: at, to: at, bytes: standardTables(tables) }];
  }
  const isRepaired = edits.length > 0;
  const picture = { jpeg: isRepaired ? applied(edits, bytes) : jpeg, width, height, repaired: isRepaired };
  return header.isField ? { ...picture, remark: FIELDS } : picture;
}

/** To weave them, each would have to be decoded, and each frame encoded. */
const FIELDS =
  "The camera sends interlaced frames as fields of half their height, which are shown one after the other as they come; set it to progressive, or put ffmpeg: before its address";

/** The bytes from `from` up to `to` become `bytes`. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

/** Walks through the header, and gives what takes the thumbnails out. */
function readHeader(bytes: Buffer): readonly Edit[] {
  startHeaderScan(header);
  startWalk(0, walk);
  let edits = NO_EDITS;
  for (let steps = 0; steps < MAX_STEPS && !header.isComplete; steps++) {
    const { position, inScan } = walk;
    if (step(walk, bytes) !== undefined || walk.position > bytes.length) break;
    const to = walk.position;
    if (!inScan && isStray(bytes, position)) {
      edits = added(edits, { from: position, to, bytes: NOTHING });
      continue;
    }
    // A segment has a marker and a length, which fill bytes, lone markers and a scan's data have not.
    if (inScan || to < position + 4) continue;
    takeSegment(header, bytes, position, to);
    if (walk.firstScanAt !== undefined || !mayHoldThumbnail(bytes[position + 1] as number)) continue;
    const segment = segmentWithoutThumbnail(bytes, position, to, {
      keepsRest: edits.length < MAX_KEPT_SEGMENTS,
    });
    if (segment !== undefined) edits = added(edits, { from: position, to, bytes: segment });
  }
  return edits;
}

const NO_EDITS: Edit[] = [];
const NOTHING = Buffer.alloc(0);

function added(edits: Edit[], edit: Edit): Edit[] {
  if (edits === NO_EDITS) return [edit];
  edits.push(edit);
  return edits;
}

/**
 * Segments of which everything but the thumbnail is kept. A file has one of EXIF, one of JFIF and maybe one of its maker;
 * to take one apart can cost milliseconds, and 16 MB hold 256.
 */
const MAX_KEPT_SEGMENTS = 8;

/**
 * One of each for all pictures, which are gone through one at a time: when a garbage collection finds no object of a
 * shape, V8 throws away the code that it compiled for it, and until that is compiled anew each picture costs more than
 * twice as much (measured 2026-11-21).
 */
const header = startHeaderScan();
const walk = startWalk(0);

/** `bytes` with `edits`, which are in their order. */
function applied(edits: readonly Edit[], bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const edit of edits) {
    pieces.push(bytes.subarray(from, edit.from), edit.bytes);
    from = edit.to;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}
