import { STANDARD_TABLES, type TableSet, tablesDefined, tablesOfSelector } from "./huffman.ts";
import { SOS } from "./walk.ts";

/** What the segments of a JPEG said so far of its frame, its scans and their tables. */
export interface Header {
  /** In pixels, as the picture is stored: an EXIF orientation is not applied. */
  width: number;
  height: number;
  /** Why this is no picture, in plain words; undefined once a scan has begun. */
  problem: string | undefined;
  /** True when no segment can follow that has a say in which tables are missing. */
  isComplete: boolean;
  components: number;
  componentsScanned: number;
  /** True when the standard tables can be meant: they are made for samples of eight bits, coded in sequence. */
  takesStandardTables: boolean;
  hasQuantization: boolean;
  hasBrokenTables: boolean;
  /** True for one of the two fields of an interlaced frame. */
  isField: boolean;
  tables: TableSet;
  /** The Huffman tables that scans refer to without their having been defined. */
  missingTables: TableSet;
}

const DAMAGED = "A picture's header is damaged";
const NO_SIZE = "A picture does not say its size";

/** A header before its first segment: `reused` if given one that is done with. */
export function startHeader(reused = {} as Header): Header {
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

/** Takes in the segment whose marker stands at `at`, and which ends before `to`. */
export function takeSegment(header: Header, bytes: Uint8Array, at: number, to: number): void {
  const code = bytes[at + 1] as number;
  const from = at + 4;
  if (code === SOS) takeScan(header, bytes, from, to);
  else if (code === DHT) takeTables(header, bytes, from, to);
  else if (code === APP0) header.isField ||= isField(bytes, from, to);
  else if (code === DQT) header.hasQuantization = true;
  else if (code >= SOF0 && code <= SOF15 && code !== JPG && code !== DAC) takeFrame(header, bytes, code, from, to);
}

/**
 * The standard tables that the scans need and nothing defines; none where they would not do. A picture without
 * quantisation tables either is the abbreviated format (T.81 B.5), whose tables have been sent before, whatever they are.
 */
export function insertableTables(header: Header): TableSet {
  const { missingTables, takesStandardTables, hasQuantization, hasBrokenTables } = header;
  const wouldDo = takesStandardTables && hasQuantization && !hasBrokenTables;
  return wouldDo && (missingTables & ~STANDARD_TABLES) === 0 ? missingTables : 0;
}

const APP0 = 0xe0;

/** `AVI1`, and then 1 or 2 for a field, 0 for a whole frame (OpenDML AVI File Format Extensions 1.02, MJPEG DIB format). */
const AVI1 = [0x41, 0x56, 0x49, 0x31] as const;

function isField(bytes: Uint8Array, from: number, to: number): boolean {
  const polarity = bytes[from + AVI1.length];
  return to > from + AVI1.length && AVI1.every((byte, at) => bytes[from + at] === byte) && polarity !== 0;
}

/** Frames coded in sequence with Huffman tables, baseline and extended (T.81 table B.1). */
const SOF0 = 0xc0;
const SOF1 = 0xc1;
const SOF15 = 0xcf;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const DQT = 0xdb;

/** A frame header (T.81 B.2.2): precision, height, width, the number of components, and three bytes for each. */
function takeFrame(header: Header, bytes: Uint8Array, code: number, from: number, to: number): void {
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

function takeTables(header: Header, bytes: Uint8Array, from: number, to: number): void {
  const tables = tablesDefined(bytes, from, to);
  if (tables === undefined) header.hasBrokenTables = true;
  else header.tables |= tables;
}

/** A scan header (T.81 B.2.3): the number of components, two bytes for each, and three more. */
function takeScan(header: Header, bytes: Uint8Array, from: number, to: number): void {
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
  // Coded in sequence, a component is in one scan (T.81 A.2): behind the last of them, no scan follows.
  header.isComplete = !header.takesStandardTables || header.componentsScanned >= header.components;
}

/** Ends it for this reason; damage behind the start of a scan leaves a part of the picture to be seen. */
function end(header: Header, problem: string): void {
  if (header.problem !== undefined) header.problem = problem;
  header.isComplete = true;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
