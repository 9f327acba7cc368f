import { segmentsOf } from "./segments.ts";
import { DQT, uint16 } from "./walk.ts";

/**
 * Returns whether a JPEG keeps no more detail than one of this quality, 1 to 100 as in libjpeg.
 * False if unknown.
 *
 * The quantization tables tell the loss (T.81 B.2.4.1). libjpeg, sharp and most cameras scale those
 * of annex K; of others, the sum tells about as much.
 */
export function hasAtMostQuality(jpeg: Uint8Array, quality: number): boolean {
  const sums = quantizationSums(jpeg);
  return sums.size > 0 && [...sums].every(([id, sum]) => sum >= scaledSum(id === 0 ? LUMINANCE : CHROMINANCE, quality));
}

function quantizationSums(jpeg: Uint8Array): Map<number, number> {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  const sums = new Map<number, number>();
  for (const { code, from, to } of segmentsOf(bytes)) {
    if (code === DQT) readTables(bytes.subarray(from, to), sums);
  }
  return sums;
}

/** Each is behind its precision (0: one byte, 1: two) and number. */
function readTables(segment: Uint8Array, sums: Map<number, number>): void {
  let position = 0;
  while (position < segment.length) {
    const head = segment[position++] as number;
    const bytes = head >> 4 === 0 ? 1 : 2;
    let sum = 0;
    for (let entry = 0; entry < ENTRIES; entry++, position += bytes) {
      sum += bytes === 1 ? (segment[position] ?? 0) : uint16(segment, position);
    }
    sums.set(head & 15, sum);
  }
}

/** As jpeg_set_quality in libjpeg's jcparam.c. */
function scaledSum(table: readonly number[], quality: number): number {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return table.reduce((sum, entry) => sum + Math.min(255, Math.max(1, Math.floor((entry * percent + 50) / 100))), 0);
}

const ENTRIES = 64;

/** T.81, table K.1. */
const LUMINANCE = [
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55],
  ...[14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62],
  ...[18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
];

/** T.81, table K.2. */
const CHROMINANCE = [17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 47, 66, ...Array<number>(51).fill(99)];
