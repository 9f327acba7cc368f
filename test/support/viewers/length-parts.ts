import { BOUNDARY } from "../../../src/core/boundary.ts";

/** A part of a stream in length framing. */
export interface LengthPart {
  readonly header: string;
  readonly jpeg: Buffer;
}

/**
 * Parses the complete parts of a body in length framing, strictly; leaves out an incomplete one.
 */
export function lengthParts(body: Buffer): LengthPart[] {
  const parts: LengthPart[] = [];
  // Programs get a random boundary.
  const [delimiter] = /^--frame[0-9a-f]{32}\r\n/.exec(body.toString("latin1", 0, 64)) ?? [`--${BOUNDARY}\r\n`];
  let rest = expect(body, delimiter);
  while (rest !== undefined) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) break;
    const header = rest.toString("latin1", 0, end);
    const match = PART_HEADER.exec(header);
    if (match === null) throw new Error(`Not the header of a part: ${JSON.stringify(header)}`);
    const start = end + 4;
    const jpeg = rest.subarray(start, start + Number(match[1]));
    rest = expect(rest.subarray(start + Number(match[1])), `\r\n${delimiter}`);
    if (rest !== undefined) parts.push({ header, jpeg });
  }
  return parts;
}

/** A frame has its capture time; a placeholder has a header that says it is none. */
const PART_HEADER =
  /^Content-Type: image\/jpeg\r\nContent-Length: (\d+)\r\n(?:X-Timestamp: \d+\.\d{6}|X-Stillstream-Online: 0)$/;

/** Returns the bytes after `text`, or undefined if there are too few bytes to tell. */
function expect(bytes: Buffer, text: string): Buffer | undefined {
  const start = bytes.toString("latin1", 0, text.length);
  if (start === text) return bytes.subarray(text.length);
  if (text.startsWith(start)) return undefined;
  throw new Error(`Expected ${JSON.stringify(text)}, got ${JSON.stringify(start)}`);
}
