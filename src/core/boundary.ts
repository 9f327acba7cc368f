import { randomBytes } from "node:crypto";

/**
 * Separates the frames of every multipart stream: `frame` and 128 random bits in
 * hexadecimal. WebKit, VLC and small devices need a plain token without dashes; other
 * clients search for `--frame`.
 */
export const BOUNDARY = `frame${randomBytes(16).toString("hex")}`;

const NEEDLE = Buffer.from(BOUNDARY, "latin1");

/**
 * Returns whether the bytes hold the boundary. Such a frame must not be sent: Firefox
 * reads what follows the boundary as a new part, such as a page with scripts, despite
 * Content-Length. Measured 2026-11-29, Node 20: 7 µs for 80 KB.
 */
export function holdsBoundary({ buffer, byteOffset, length }: Uint8Array): boolean {
  return Buffer.from(buffer, byteOffset, length).includes(NEEDLE);
}
