import { SOS, startWalk, step } from "../walk.ts";
import { imageMemoryProblem } from "./image-memory.ts";

/**
 * Scans that a decoder may be made to go through. Encoders write about ten; a progressive scan of 64 megapixels can be 85
 * bytes and take 17 ms (measured 2026-11-29, sharp 0.35), and libjpeg knows no limit, nor can it be interrupted there
 * (https://github.com/libjpeg-turbo/libjpeg-turbo/issues/284). LibreOffice has the same limit.
 */
export const MAX_SCANS = 100;

/**
 * Says why a JPEG must not be decoded: it takes more memory than --max-image-memory, or has more than 100 scans. Undefined
 * for one that may be. Decodes nothing itself: 0.1 ms for 1 MB.
 */
export function decodeProblem(jpeg: Uint8Array): string | undefined {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  const frame = readFrame(bytes);
  if (frame === undefined) return "it has no frame header";
  const problem = imageMemoryProblem(frame, frame.memory);
  if (problem !== undefined) return problem;
  return hasTooManyScans(bytes) ? `it has more than ${MAX_SCANS} scans` : undefined;
}

/** A frame header (T.81 B.2.2), with the bytes that decoding takes at least. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly memory: number;
}

const SOF0 = 0xc0;
const SOF2 = 0xc2;
const SOF15 = 0xcf;
/** Codes between those of frame headers that are none: DHT, JPG and DAC. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** Reads the frame header as libjpeg finds it: by the walk, which knows the markers without a length. */
function readFrame(bytes: Buffer): Frame | undefined {
  const walk = startWalk(0);
  let frame: { at: number; code: number } | undefined;
  while (walk.firstScanAt === undefined) {
    const at = walk.position;
    if (step(walk, bytes) !== undefined || walk.position > bytes.length) return undefined;
    const code = bytes[at + 1] as number;
    if (code >= SOF0 && code <= SOF15 && !NO_FRAMES.includes(code)) frame ??= { at, code };
  }
  return frame && frameOf(bytes, frame.at, frame.code, bytes[walk.firstScanAt + 4] as number);
}

function frameOf(bytes: Buffer, at: number, code: number, scanned: number): Frame | undefined {
  const [length, precision] = [bytes.readUInt16BE(at + 2), bytes[at + 4] as number];
  const [height, width, count] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7), bytes[at + 9] as number];
  if (length < 8 + 3 * count || count === 0) return undefined;
  const samplings = Array.from({ length: count }, (_, index) => bytes[at + 11 + 3 * index] as number);
  const most = Math.max(...samplings.map(areaOf));
  // Where a component's data is in several scans, all coefficients are kept, two bytes each.
  const isKept = code % 4 === SOF2 % 4 || scanned < count;
  const samples = width * height * samplings.reduce((sum, sampling) => sum + areaOf(sampling) / most, 0);
  const pixels = width * height * count * (precision > 8 ? 2 : 1);
  return { width, height, memory: isKept ? Math.max(pixels, 2 * samples) : pixels };
}

/** How often a component is sampled in the area of the others' factors: across times down. */
function areaOf(sampling: number): number {
  return (sampling >> 4) * (sampling & 15);
}

const SCAN = Buffer.of(0xff, SOS);

/** Counts markers by their bytes, wherever they stand: a decoder may find more of them than our walk does. */
function hasTooManyScans(bytes: Buffer): boolean {
  let count = 0;
  for (let at = bytes.indexOf(SCAN); at >= 0; at = bytes.indexOf(SCAN, at + SCAN.length)) {
    count++;
    if (count > MAX_SCANS) return true;
  }
  return false;
}
