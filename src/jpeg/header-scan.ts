import { APP0, DHT, DQT, isFrameHeader, SOF0, SOF1, SOS, uint16 } from "./walk.ts";

/** Describes the segments read so far. */
export interface HeaderScan {
  width: number;
  height: number;
  /** Why no viewer can show it; undefined once a scan has begun. */
  problem: string | undefined;
  /** No later segment can tell which tables are missing. */
  isComplete: boolean;
  components: number;
  componentsScanned: number;
  /** The standard tables are for 8-bit samples, coded in sequence. */
  takesStandardTables: boolean;
  hasQuantization: boolean;
  hasBrokenTables: boolean;
  /** Half an interlaced frame. */
  isField: boolean;
  tables: TableSet;
  /** Used by scans, and not defined. */
  missingTables: TableSet;
}

const DAMAGED = "A frame's header is damaged";
const NO_SIZE = "A frame does not say its size";

/** Starts a scan, in `reused` if given. */
export function startHeaderScan(reused = {} as HeaderScan): HeaderScan {
  reused.width = 0;
  reused.height = 0;
  reused.problem = DAMAGED;
  reused.isComplete = false;
  reused.components = 0;
  reused.componentsScanned = 0;
  reused.takesStandardTables = false;
  reused.hasQuantization = false;
  reused.hasBrokenTables = false;
  reused.isField = false;
  reused.tables = 0;
  reused.missingTables = 0;
  return reused;
}

/** Reads the segment whose marker is at `at`. */
export function takeSegment(header: HeaderScan, bytes: Uint8Array, at: number, to: number): void {
  const code = bytes[at + 1] as number;
  const from = at + 4;
  if (code === SOS) takeScan(header, bytes, from, to);
  else if (code === DHT) takeTables(header, bytes, from, to);
  else if (code === APP0) header.isField ||= isField(bytes, from, to);
  else if (code === DQT) header.hasQuantization = true;
  else if (isFrameHeader(code)) takeFrame(header, bytes, code, from, to);
}

/**
 * Returns the missing standard tables, if they fit. A JPEG without quantization tables too is
 * abbreviated (T.81 B.5): its tables were sent before.
 */
export function insertableTables(header: HeaderScan): TableSet {
  const { missingTables, takesStandardTables, hasQuantization, hasBrokenTables } = header;
  const wouldDo = takesStandardTables && hasQuantization && !hasBrokenTables;
  return wouldDo && (missingTables & ~STANDARD_TABLES) === 0 ? missingTables : 0;
}

/**
 * `AVI1`, then 1 or 2 for a field, 0 for a frame (OpenDML AVI File Format Extensions 1.02, MJPEG
 * DIB format).
 */
const AVI1 = [0x41, 0x56, 0x49, 0x31] as const;

function isField(bytes: Uint8Array, from: number, to: number): boolean {
  const polarity = bytes[from + AVI1.length];
  return to > from + AVI1.length && AVI1.every((byte, at) => bytes[from + at] === byte) && polarity !== 0;
}

/** T.81 B.2.2: precision, height, width, count, 3 bytes a component. */
function takeFrame(header: HeaderScan, bytes: Uint8Array, code: number, from: number, to: number): void {
  const components = bytes[from + 5] as number;
  if (header.components !== 0 || components === 0 || to - from !== 6 + 3 * components) {
    end(header, DAMAGED);
    return;
  }
  header.height = uint16(bytes, from + 1);
  header.width = uint16(bytes, from + 3);
  header.components = components;
  header.takesStandardTables = (code === SOF0 || code === SOF1) && bytes[from] === 8;
}

function takeTables(header: HeaderScan, bytes: Uint8Array, from: number, to: number): void {
  const tables = tablesDefined(bytes, from, to);
  if (tables === undefined) header.hasBrokenTables = true;
  else header.tables |= tables;
}

/** T.81 B.2.3: count, 2 bytes a component, and 3 more. */
function takeScan(header: HeaderScan, bytes: Uint8Array, from: number, to: number): void {
  const components = bytes[from] as number;
  const isLegible = components > 0 && to - from === 4 + 2 * components;
  if (!isLegible || header.width === 0 || header.height === 0) {
    end(header, isLegible ? NO_SIZE : DAMAGED);
    return;
  }
  header.problem = undefined;
  for (let index = 0; index < components; index++) {
    header.missingTables |= tablesOfSelector(bytes[from + 2 + 2 * index] as number) & ~header.tables;
  }
  header.componentsScanned += components;
  // Coded in sequence, each component is in one scan (T.81 A.2).
  header.isComplete = !header.takesStandardTables || header.componentsScanned >= header.components;
}

/** Damage after the first scan's start leaves a part to show. */
function end(header: HeaderScan, problem: string): void {
  if (header.problem !== undefined) header.problem = problem;
  header.isComplete = true;
}

/**
 * Bits 0 to 15 are DC destinations, 16 to 31 AC. A selector has room for 16 of each; the standard
 * allows four (T.81 B.2.4.2).
 */
export type TableSet = number;

/** The standard has examples of tables 0 and 1 of each class. MJPEG without tables means them. */
const STANDARD_TABLES: TableSet = 0x0003_0003;

/** T.81 B.2.3. */
function tablesOfSelector(selector: number): TableSet {
  return (1 << (selector >> 4)) | (1 << (16 + (selector & 15)));
}

/** Returns the tables of a DHT segment; undefined if malformed (T.81 B.2.4.2). */
function tablesDefined(bytes: Uint8Array, from: number, to: number): TableSet | undefined {
  let tables: TableSet = 0;
  let position = from;
  while (position + 17 <= to) {
    const tableClass = (bytes[position] as number) >> 4;
    const destination = (bytes[position] as number) & 15;
    if (tableClass > 1 || destination > 3) return undefined;
    tables |= 1 << (16 * tableClass + destination);
    let values = 0;
    for (let length = 1; length <= 16; length++) values += bytes[position + length] as number;
    position += 17 + values;
  }
  return position === to ? tables : undefined;
}
