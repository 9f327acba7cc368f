import { randomBytes } from "node:crypto";

/**
 * 128 random bits. WebKit, VLC and small devices need a plain token without dashes; other clients
 * search for `--frame`.
 */
export const BOUNDARY = `frame${randomBytes(16).toString("hex")}`;

const NEEDLE = Buffer.from(BOUNDARY, "latin1");

/**
 * Returns whether bytes hold the boundary. Firefox would read what follows as a new part, such as a
 * page with scripts, despite Content-Length. Measured 2026-11-29, Node 20: 7 µs for 80 KB.
 */
export function holdsBoundary({ buffer, byteOffset, length }: Uint8Array): boolean {
  return Buffer.from(buffer, byteOffset, length).includes(NEEDLE);
}
