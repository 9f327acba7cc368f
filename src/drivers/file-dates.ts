/** Times are compared in milliseconds since the epoch. */
export interface Dated {
  readonly path: Buffer;
  /** When it came, as far as that can be told. */
  readonly cameAtMs: number;
  /** When it was written, by its own account. */
  readonly writtenAtMs: number;
}

/** File systems round times up to 2 s (FAT), and a server's clock may be a little ahead. */
const TOLERANCE_MS = 2000;

/**
 * Tells when files came. A camera with a wrong clock may give its uploads a date in the future, by FTP's MFMT; the change time of the
 * file, which is the file system's own, is right then. If that is in the future too, the file came when it was seen first.
 */
export class FileDates {
  readonly #firstSeen = new Map<string, number>();
  /** The future dates seen since the last `sweep`. */
  #seen = new Set<string>();

  of(path: Buffer, { mtimeMs, ctimeMs }: { mtimeMs: number; ctimeMs: number }, nowMs: number): Dated {
    const writtenAtMs = Math.min(mtimeMs, ctimeMs);
    if (writtenAtMs <= nowMs + TOLERANCE_MS) return { path, cameAtMs: writtenAtMs, writtenAtMs };
    const key = `${mtimeMs} ${path.toString("latin1")}`;
    const cameAtMs = this.#firstSeen.get(key) ?? nowMs;
    this.#firstSeen.set(key, cameAtMs);
    this.#seen.add(key);
    return { path, cameAtMs, writtenAtMs };
  }

  /** Forgets files that were not seen since the last call: call it after each walk through all files. */
  sweep(): void {
    for (const key of this.#firstSeen.keys()) if (!this.#seen.has(key)) this.#firstSeen.delete(key);
    this.#seen = new Set();
  }
}

/** Whether one file is newer than another. Of equally new ones it is the last by name, as cameras number them. */
export function isNewer(one: Dated, other: Dated | undefined): boolean {
  if (other === undefined) return true;
  const difference = one.cameAtMs - other.cameAtMs || one.writtenAtMs - other.writtenAtMs;
  return difference === 0 ? Buffer.compare(one.path, other.path) > 0 : difference > 0;
}
