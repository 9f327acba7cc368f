/**
 * Walks JPEG markers (ITU-T T.81, annex B), and can pause where the bytes end.
 *
 * FF D9 also stands in thumbnails and segments, so segments are skipped by length, and only
 * entropy-coded data is searched: there, FF is stuffed (FF 00), a restart, or the marker that ends
 * it (T.81 B.1.1.5).
 */

/** Any number may precede a marker's code as fill (T.81 B.1.1.2). */
const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
export const SOS = 0xda;
export const SOF0 = 0xc0;
export const SOF1 = 0xc1;
export const SOF2 = 0xc2;
const SOF15 = 0xcf;
export const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
export const DQT = 0xdb;
export const APP0 = 0xe0;
const RST0 = 0xd0;
const RST7 = 0xd7;
const TEM = 0x01;

/**
 * 16 MB hold 256 segments of full size. Measured 2026-11-29: millions of empty ones would block the
 * event loop for 1 s.
 */
export const MAX_STEPS = 10_000;

export interface Walk {
  /** The next byte; may be past the end. */
  position: number;
  inScan: boolean;
  /** Without a scan there are only tables. */
  firstScanAt: number | undefined;
}

/** `more`: all bytes are walked. `end`: `position` is behind the JPEG. Else: where it broke. */
export type WalkResult = "more" | "end" | "broken" | "restarted";

/** Starts a walk behind the start marker at `soi`, in `reused` if given. */
export function startWalk(soi: number, reused = {} as Walk): Walk {
  reused.position = soi + 2;
  reused.inScan = false;
  reused.firstScanAt = undefined;
  return reused;
}

/** Walks on. `restarted`: another JPEG starts at `position`. */
export function walk(state: Walk, bytes: Buffer): WalkResult {
  let result: WalkResult | undefined;
  while (result === undefined) result = step(state, bytes);
  return result;
}

/** Steps over a segment or scan data; undefined if the walk goes on. */
export function step(state: Walk, bytes: Buffer): WalkResult | undefined {
  return state.inScan ? stepOverScan(state, bytes) : stepOverMarker(state, bytes);
}

function stepOverScan(state: Walk, bytes: Buffer): WalkResult | undefined {
  state.position = endOfScan(bytes, state.position);
  state.inScan = state.position + 1 >= bytes.length;
  return state.inScan ? "more" : undefined;
}

function stepOverMarker(state: Walk, bytes: Buffer): WalkResult | undefined {
  const { position } = state;
  if (position + 1 >= bytes.length) return "more";
  const code = bytes[position + 1] as number;
  if (bytes[position] !== MARKER || code === 0) return stepOverStray(state, bytes);
  if (code === SOI) return "restarted";
  if (code === MARKER) {
    state.position += 1;
    return undefined;
  }
  if (code === EOI || code === TEM || isRestart(code)) {
    state.position += 2;
    if (code !== EOI) return undefined;
    return state.firstScanAt === undefined ? "broken" : "end";
  }
  if (position + 3 >= bytes.length) return "more";
  const segmentLength = ((bytes[position + 2] as number) << 8) | (bytes[position + 3] as number);
  if (segmentLength < 2) return "broken";
  state.position += 2 + segmentLength;
  if (code === SOS) {
    state.inScan = true;
    state.firstScanAt ??= position;
  }
  return undefined;
}

/**
 * libjpeg warns of them. Cameras write up to 608
 * (https://github.com/lilohuang/PyTurboJPEG/issues/77).
 */
const MAX_STRAY_BYTES = 1024;

function stepOverStray(state: Walk, bytes: Buffer): WalkResult | undefined {
  const { position } = state;
  const end = position + MAX_STRAY_BYTES;
  const run = bytes.subarray(position, end + 2);
  for (let at = run.indexOf(MARKER); at >= 0 && at + 1 < run.length; at = run.indexOf(MARKER, at + 1)) {
    const code = run[at + 1] as number;
    if (code === 0 || code === MARKER) continue;
    if (!maySucceedStray(code)) return "broken";
    state.position = position + at;
    return undefined;
  }
  return run.length < MAX_STRAY_BYTES + 2 ? "more" : "broken";
}

/** T.81 table B.1, without restarts. */
function maySucceedStray(code: number): boolean {
  return (code >= 0xc0 && code <= 0xcf) || (code >= SOI && code <= 0xef) || code === 0xfe;
}

/** Random data holds an FF every 256 bytes; between, `indexOf` is as fast as memchr. */
function endOfScan(bytes: Buffer, from: number): number {
  const last = bytes.length - 1;
  let position = bytes.indexOf(MARKER, from);
  while (position >= 0 && position < last) {
    const code = bytes[position + 1] as number;
    if (code !== 0 && code !== MARKER && !isRestart(code)) return position;
    position = bytes.indexOf(MARKER, code === MARKER ? position + 1 : position + 2);
  }
  return position < 0 ? Math.max(from, bytes.length) : position;
}

function isRestart(code: number): boolean {
  return code >= RST0 && code <= RST7;
}

/** Returns whether a marker begins a frame header. */
export function isFrameHeader(code: number): boolean {
  return code >= SOF0 && code <= SOF15 && code !== DHT && code !== JPG && code !== DAC;
}

/** Returns whether bytes stand where a marker must. */
export function isStray(bytes: Uint8Array, position: number): boolean {
  return bytes[position] !== 0xff || bytes[position + 1] === 0;
}

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Returns whether a segment holds data beside the image (T.81 B.2.4.5, B.2.4.6). */
export function mayHoldThumbnail(code: number): boolean {
  return code === COM || (code >= APP0 && code <= APP15);
}

const COM = 0xfe;
const APP15 = 0xef;
