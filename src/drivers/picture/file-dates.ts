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

/** The system clock was set when it differs from a steady one by so much more than before, in milliseconds. */
const JUMP_MS = 500;

/**
 * Tells when files came. A camera with a wrong clock may give its uploads a date in the future, by FTP's MFMT; the change time of the
 * file, which is the file system's own, is right then. If that is in the future too, the file came when it was seen first.
 *
 * The system clock may be set at any time. Files that were there before then came before all that follow, whatever their dates.
 */
export class FileDates {
  /** When files came whose dates do not tell, by the clock as it is now. */
  readonly #known = new Map<string, number>();
  /** Those of them that were seen since the last `sweep`. */
  #seen = new Set<string>();
  #nowMs = Date.now();
  #lookedAt = performance.now();
  /** All that the next walk finds came by then: the time of the start, or from before the clock was set. */
  #foundByMs: number | undefined = this.#nowMs;

  /**
   * Takes the time; call it before files are looked at. Returns whether the clock was set since the last call: then only `newest` is
   * known, and all files have to be looked at again.
   */
  followClock(newest: Dated | undefined): boolean {
    const elapsed = performance.now() - this.#lookedAt;
    const jumpMs = Date.now() - this.#nowMs - elapsed;
    this.#lookedAt += elapsed;
    this.#nowMs += elapsed + jumpMs;
    if (Math.abs(jumpMs) < JUMP_MS) return false;
    const setAtMs = this.#nowMs - elapsed;
    this.#known.clear();
    this.#foundByMs = setAtMs - 1;
    if (newest !== undefined) this.#know(keyOf(newest), setAtMs);
    return true;
  }

  /** For a file that is new, or known. */
  of(path: Buffer, times: FileTimes): Dated {
    const written = { path, writtenAtMs: Math.min(times.mtimeMs, times.ctimeMs) };
    const isUnsure = this.#foundByMs !== undefined || written.writtenAtMs > this.#nowMs + TOLERANCE_MS;
    return this.#dated(written, isUnsure ? this.#nowMs : undefined);
  }

  /** For a file that a walk through all of them finds: it may have been there all the time. */
  ofFound(path: Buffer, times: FileTimes): Dated {
    const limit = this.#foundByMs;
    if (limit === undefined) return this.of(path, times);
    const written = { path, writtenAtMs: Math.min(times.mtimeMs, times.ctimeMs) };
    return this.#dated(written, written.writtenAtMs > limit ? limit : undefined);
  }

  /** Forgets files that were not seen since the last call: call it after each walk through all files. */
  sweep(): void {
    for (const key of this.#known.keys()) if (!this.#seen.has(key)) this.#known.delete(key);
    this.#seen = new Set();
    this.#foundByMs = undefined;
  }

  /** A file that came at `otherwiseMs` unless it is known; undefined where its own date tells. */
  #dated(written: Omit<Dated, "cameAtMs">, otherwiseMs: number | undefined): Dated {
    const key = keyOf(written);
    const cameAtMs = this.#known.get(key) ?? otherwiseMs;
    if (cameAtMs === undefined) return { ...written, cameAtMs: written.writtenAtMs };
    this.#know(key, cameAtMs);
    return { ...written, cameAtMs };
  }

  #know(key: string, cameAtMs: number): void {
    this.#known.set(key, cameAtMs);
    this.#seen.add(key);
  }
}

export interface FileTimes {
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

function keyOf({ path, writtenAtMs }: Omit<Dated, "cameAtMs">): string {
  return `${writtenAtMs} ${path.toString("latin1")}`;
}

/** Whether one file is newer than another. Of equally new ones it is the last by name, as cameras number them. */
export function isNewer(one: Dated, other: Dated | undefined): boolean {
  if (other === undefined) return true;
  const difference = one.cameAtMs - other.cameAtMs || one.writtenAtMs - other.writtenAtMs;
  return difference === 0 ? Buffer.compare(one.path, other.path) > 0 : difference > 0;
}
