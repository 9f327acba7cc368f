import { BOUNDARY } from "../../core/boundary.ts";
import type { Frame } from "../../core/frame.ts";
import { widenFrame } from "../../core/frame-buffer.ts";
import type { Placeholder } from "../../transform/placeholders.ts";
import { ONLINE_HEADER } from "../shared/headers.ts";

/**
 * How frames are laid out in a stream. `length`: each part has a Content-Length, which programs
 * need. `advance`: the next part's headers follow each frame at once: Chromium and WebKit paint
 * only then. They hold no length, since the next frame does not exist yet.
 */
export type Framing = "length" | "advance";

export const FRAMINGS: readonly Framing[] = ["length", "advance"];

/** Unquoted, without a charset: VLC, WebKit and small devices need it so. */
export const MULTIPART_TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`;

const DELIMITER = `--${BOUNDARY}\r\n`;
const ADVANCED_HEADER = "Content-Type: image/jpeg\r\n\r\n";

/** Brings the stream to its state between parts. */
export const OPENING: Readonly<Record<Framing, Buffer>> = {
  length: Buffer.from(DELIMITER),
  advance: Buffer.from(DELIMITER + ADVANCED_HEADER),
};

/** One frame or placeholder, laid out once for all its viewers. */
export class Part implements Readonly<Record<Framing, Buffer>> {
  readonly jpeg: Uint8Array;
  readonly frame: Frame | undefined;
  readonly placeholder: Placeholder | undefined;
  readonly #line: string;
  #laidOut: Readonly<Record<Framing, Buffer>> | undefined;

  constructor(
    line: string,
    { frame, placeholder }: { frame: Frame; placeholder?: never } | { frame?: never; placeholder: Placeholder },
  ) {
    this.jpeg = (frame ?? placeholder).jpeg;
    this.frame = frame;
    this.placeholder = placeholder;
    this.#line = line;
  }

  get length(): Buffer {
    return this.#layOut().length;
  }

  get advance(): Buffer {
    return this.#layOut().advance;
  }

  #layOut(): Readonly<Record<Framing, Buffer>> {
    this.#laidOut ??= layOut(this.jpeg, this.#line);
    return this.#laidOut;
  }
}

export function buildPart(frame: Frame): Part {
  return new Part(`X-Timestamp: ${timestamp(frame.capturedAt)}`, { frame });
}

export function buildPlaceholderPart(placeholder: Placeholder): Part {
  return new Part(`${ONLINE_HEADER}: 0`, { placeholder });
}

/** `[header of length][JPEG][delimiter][advanced header]`. */
function layOut(jpeg: Uint8Array, line: string): Readonly<Record<Framing, Buffer>> {
  const header = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n${line}\r\n\r\n`;
  const bytes = widenFrame(jpeg, header.length, TRAILER.length) ?? copyWithRoom(jpeg, header.length, TRAILER.length);
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

/** In seconds with six decimals, as mjpg-streamer and ustreamer do. */
export function timestamp(capturedAt: number): string {
  return (capturedAt / 1000).toFixed(6);
}
