import { type Segment, segmentsOf } from "../segments.ts";
import { isFrameHeader, SOF2, SOS } from "../walk.ts";

/**
 * As in LibreOffice; encoders write about ten. libjpeg has no limit and cannot be interrupted
 * (https://github.com/libjpeg-turbo/libjpeg-turbo/issues/284). Measured 2026-11-29, sharp 0.35: a
 * scan of 85 bytes takes 17 ms for 64 megapixels.
 */
export const MAX_SCANS = 100;

/**
 * Says why a JPEG must not be decoded: --max-image-memory, or 100 scans. Decodes nothing: 0.1 ms
 * for 1 MB.
 */
export function decodeProblem(jpeg: Uint8Array): string | undefined {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  const frame = readFrame(bytes);
  if (frame === undefined) return "it has no frame header";
  const problem = imageMemoryProblem(frame, frame.memory);
  if (problem !== undefined) return problem;
  return hasTooManyScans(bytes) ? `it has more than ${MAX_SCANS} scans` : undefined;
}

/** T.81 B.2.2, with the least memory that decoding takes. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly memory: number;
}

function readFrame(bytes: Buffer): Frame | undefined {
  let frame: Segment | undefined;
  for (const segment of segmentsOf(bytes)) {
    if (segment.code === SOS) return frame && frameOf(bytes, frame, bytes[segment.from] as number);
    if (isFrameHeader(segment.code)) frame ??= segment;
  }
  return undefined;
}

function frameOf(bytes: Buffer, { code, from, to }: Segment, scanned: number): Frame | undefined {
  if (to - from < 6) return undefined;
  const [precision, count] = [bytes[from] as number, bytes[from + 5] as number];
  const [height, width] = [bytes.readUInt16BE(from + 1), bytes.readUInt16BE(from + 3)];
  if (to - from < 6 + 3 * count || count === 0) return undefined;
  const samplings = Array.from({ length: count }, (_, index) => bytes[from + 7 + 3 * index] as number);
  const most = Math.max(...samplings.map(areaOf));
  // libjpeg keeps all coefficients then, 2 bytes each.
  const isKept = code % 4 === SOF2 % 4 || scanned < count;
  const samples = width * height * samplings.reduce((sum, sampling) => sum + areaOf(sampling) / most, 0);
  const pixels = width * height * count * (precision > 8 ? 2 : 1);
  return { width, height, memory: isKept ? Math.max(pixels, 2 * samples) : pixels };
}

function areaOf(sampling: number): number {
  return (sampling >> 4) * (sampling & 15);
}

const SCAN = Buffer.of(0xff, SOS);

/** Counts scan markers anywhere: a decoder may find more than our walk does. */
function hasTooManyScans(bytes: Buffer): boolean {
  let count = 0;
  for (let at = bytes.indexOf(SCAN); at >= 0; at = bytes.indexOf(SCAN, at + SCAN.length)) {
    count++;
    if (count > MAX_SCANS) return true;
  }
  return false;
}

const MB = 1024 * 1024;

/**
 * 200 MB hold frames of the largest sensors of small computers (9152×6944, 3 bytes a
 * pixel).
 */
const DEFAULT_IMAGE_MEMORY = 200 * MB;

let limit = DEFAULT_IMAGE_MEMORY;

/** Limits a decoded image, for the whole process. */
export function setMaxImageMemory(bytes: number): void {
  limit = bytes;
}

export function maxImageMemory(): number {
  return limit;
}

/** Says why an image of this size is refused; undefined if it is within the limit. */
export function imageMemoryProblem({ width, height }: { width: number; height: number }, bytes: number) {
  if (bytes <= limit) return undefined;
  const [needed, allowed] = [Math.ceil(bytes / MB), Math.floor(limit / MB)];
  return `its ${width}×${height} pixels take ${needed} MB, more than --max-image-memory allows (${allowed} MB)`;
}
