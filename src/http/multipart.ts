import type { Frame } from "../core/frame.ts";
import { withRoom } from "../core/room.ts";
import type { Card } from "../variants/no-picture.ts";
import { ONLINE_HEADER } from "./headers.ts";

/**
 * How pictures are laid out in a stream.
 *
 * `length`: each part carries its Content-Length, and the boundary follows it at once; what programs need.
 * `advance`: the next part's complete headers follow each picture at once, which is what Chromium and WebKit wait for
 * before they paint, and which cannot carry a length: it belongs to a picture that does not exist yet.
 */
export type Framing = "length" | "advance";

export const FRAMINGS: readonly Framing[] = ["length", "advance"];

const BOUNDARY = "frame";

/** A plain token, unquoted and without dashes, and no charset: VLC, WebKit and small devices need it so. */
export const MULTIPART_TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`;

const DELIMITER = `--${BOUNDARY}\r\n`;
const ADVANCED_HEADER = "Content-Type: image/jpeg\r\n\r\n";

/** What goes out before the first picture: in either framing the stream then stands as it does between pictures. */
export const OPENING: Readonly<Record<Framing, Buffer>> = {
  length: Buffer.from(DELIMITER),
  advance: Buffer.from(DELIMITER + ADVANCED_HEADER),
};

/** One picture, ready to be written in either framing, built once for all its viewers. */
export type Part = Readonly<Record<Framing, Buffer>> &
  ({ readonly frame: Frame; readonly card?: never } | { readonly frame?: never; readonly card: Card });

/** A part of a frame. */
export function buildPart(frame: Frame): Part {
  return { frame, ...layOut(frame.jpeg, `X-Timestamp: ${timestamp(frame)}`) };
}

/** A part of a card. It was never captured, and says so. */
export function buildCardPart(card: Card): Part {
  return { card, ...layOut(card.jpeg, `${ONLINE_HEADER}: 0`) };
}

/**
 * Lays out one buffer that serves both framings, each a view of it:
 * `[length's header][JPEG][delimiter][advanced header]`.
 */
function layOut(jpeg: Uint8Array, line: string): Readonly<Record<Framing, Buffer>> {
  const header = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n${line}\r\n\r\n`;
  const bytes = withRoom(jpeg, header.length, TRAILER.length) ?? copyWithRoom(jpeg, header.length, TRAILER.length);
  bytes.write(header, 0, "latin1");
  bytes.set(TRAILER, header.length + jpeg.length);
  return { length: bytes.subarray(0, -ADVANCED_HEADER.length), advance: bytes.subarray(header.length) };
}

function copyWithRoom(jpeg: Uint8Array, before: number, behind: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(before + jpeg.length + behind);
  bytes.set(jpeg, before);
  return bytes;
}

const TRAILER = Buffer.from(`\r\n${DELIMITER}${ADVANCED_HEADER}`);

/** When a frame was captured, in seconds since the epoch with six decimals, as mjpg-streamer and ustreamer write it. */
export function timestamp({ capturedAt }: Frame): string {
  return (capturedAt / 1000).toFixed(6);
}
