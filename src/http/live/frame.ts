import type { Part } from "../streaming/multipart.ts";
import { LIVE_VERSION } from "./protocol.ts";
import type { LiveClock } from "./server-clock.ts";

/** Bytes before the JPEG of a picture's message. */
export const HEADER_BYTES = 20;

/** Set in the flags of a placeholder. */
const IS_PLACEHOLDER = 1;

/** What stands before a JPEG, big endian; docs/reference/live-protocol.md has it as a table. `lastSeq` is that of the camera's last frame. */
export function frameHeader(
  id: number,
  number: number,
  { frame, placeholder }: Part,
  lastSeq: number,
  clock: Pick<LiveClock, "at">,
): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header[0] = LIVE_VERSION;
  header[1] = placeholder === undefined ? 0 : IS_PLACEHOLDER;
  header.writeUInt16BE(id, 2);
  header.writeUInt32BE(number >>> 0, 4);
  header.writeDoubleBE(clock.at(frame?.at ?? placeholder?.drawnAt ?? 0), 8);
  header.writeUInt32BE((frame?.seq ?? lastSeq) >>> 0, 16);
  return header;
}
