import { SOS, startWalk, step } from "./walk.ts";

/** Codes of markers (T.81 table B.1). */
export const SOF0 = 0xc0;
export const SOF1 = 0xc1;
export const SOF2 = 0xc2;
const SOF15 = 0xcf;
export const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
export const DQT = 0xdb;
export const APP0 = 0xe0;

/** Returns whether a marker begins a frame header. */
export function isFrameHeader(code: number): boolean {
  return code >= SOF0 && code <= SOF15 && code !== DHT && code !== JPG && code !== DAC;
}

/** A segment's marker code, and where its parameters are. */
export interface Segment {
  readonly code: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Limits the markers, fill and stray bytes looked at. 16 MB hold 256 segments of full size.
 * Measured 2026-11-29: millions of empty ones would block the event loop for 1 s.
 */
export const MAX_STEPS = 10_000;

/** Yields whole segments up to the first scan header, as libjpeg finds them. */
export function* segmentsOf(bytes: Buffer): Generator<Segment, void> {
  const walk = startWalk(0);
  for (let steps = 0; steps < MAX_STEPS && walk.firstScanAt === undefined; steps++) {
    const at = walk.position;
    if (step(walk, bytes) !== undefined || walk.position > bytes.length) return;
    if (!isStray(bytes, at) && walk.position >= at + 4) {
      yield { code: bytes[at + 1] as number, from: at + 4, to: walk.position };
    }
  }
}

/** Returns whether bytes stand where a marker must. */
export function isStray(bytes: Uint8Array, position: number): boolean {
  return bytes[position] !== 0xff || bytes[position + 1] === 0;
}

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export { SOS };
