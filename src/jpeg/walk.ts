/**
 * The JPEG marker grammar (ITU-T T.81, annex B), as a walk that can stop at the end of what has arrived and go on.
 *
 * A picture's end cannot be searched for: FF D9 also stands in EXIF thumbnails and other segments. So segments are
 * stepped over by their length, and only entropy-coded data is searched, where T.81 B.1.1.5 leaves no FF but stuffed
 * ones (FF 00), restart markers and the marker that ends it.
 */

/** First byte of every marker; any number of them may precede its code as fill (T.81 B.1.1.2). */
const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
export const SOS = 0xda;
const RST0 = 0xd0;
const RST7 = 0xd7;
const TEM = 0x01;

/** Where a walk stands. Positions count from the start of the bytes it is given. */
export interface Walk {
  /** The next byte to look at. May lie past the end, inside a segment that has not arrived. */
  position: number;
  /** True inside entropy-coded data, false where a marker must come. */
  inScan: boolean;
  /** Where the first scan's marker stands; undefined before it: without a scan there is no picture, only tables. */
  firstScanAt: number | undefined;
}

/** `more`: all bytes are walked. `end`: `position` is behind the picture. The others: `position` is where it broke. */
export type WalkResult = "more" | "end" | "broken" | "restarted";

/** A walk that begins behind the start-of-image marker at `soi`: `reused` if given one that is done with. */
export function startWalk(soi: number, reused = {} as Walk): Walk {
  reused.position = soi + 2;
  reused.inScan = false;
  reused.firstScanAt = undefined;
  return reused;
}

/** Walks on through `bytes`. `restarted` means that another picture starts at `position` before this one ended. */
export function walk(state: Walk, bytes: Buffer): WalkResult {
  let result: WalkResult | undefined;
  while (result === undefined) result = step(state, bytes);
  return result;
}

/** Steps over a marker with its segment, or over a scan's entropy-coded data; undefined when the walk goes on behind it. */
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
 * Bytes that stand where a marker must come, at most, and are passed over as libjpeg does with a warning. Cameras write up
 * to 608 of them (https://github.com/lilohuang/PyTurboJPEG/issues/77).
 */
const MAX_STRAY_BYTES = 1024;

/** Passes over stray bytes, up to a marker that may stand there; anything else is no JPEG that goes on. */
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

/** Frames, tables, scans, start and end, application data, comments (T.81 table B.1): all that files hold but restarts. */
function maySucceedStray(code: number): boolean {
  return (code >= 0xc0 && code <= 0xcf) || (code >= SOI && code <= 0xef) || code === 0xfe;
}

/**
 * Position of the marker that ends entropy-coded data: an FF followed by anything but 00, a restart code or a fill
 * byte. Without one it is where to look on: the end, or the last byte if that is an FF. Random data holds an FF every
 * 256 bytes, and between them `indexOf` runs at the speed of memchr.
 */
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
