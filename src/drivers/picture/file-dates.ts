/** Times are in ms since the epoch. */
export interface Dated {
  readonly path: Buffer;
  readonly cameAtMs: number;
  readonly writtenAtMs: number;
}

/** File systems round up to 2 s (FAT), and a server's clock may be ahead. */
const TOLERANCE_MS = 2000;

/** A larger drift from a steady clock means that the clock was set. */
const JUMP_MS = 500;

/**
 * Tells when files came.
 *
 * A camera with a wrong clock may give uploads a future date, by FTP's MFMT; the change time is
 * right then. If both are in the future, the file came when it was first seen.
 *
 * The system clock may be set at any time. Files that were there before came before all later ones.
 */
export class FileDates {
  /** Files whose dates do not tell. */
  readonly #known = new Map<string, number>();
  #seen = new Set<string>();
  #nowMs = Date.now();
  #lookedAt = performance.now();
  /** Files that the next walk finds came by then. */
  #foundByMs: number | undefined = this.#nowMs;

  /**
   * Call it before looking at files. Returns whether the clock was set since: then all files must
   * be looked at again.
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

  of(path: Buffer, times: FileTimes): Dated {
    const written = { path, writtenAtMs: Math.min(times.mtimeMs, times.ctimeMs) };
    const isUnsure = this.#foundByMs !== undefined || written.writtenAtMs > this.#nowMs + TOLERANCE_MS;
    return this.#dated(written, isUnsure ? this.#nowMs : undefined);
  }

  /** Dates a file that a walk finds: it may be old. */
  ofFound(path: Buffer, times: FileTimes): Dated {
    const limit = this.#foundByMs;
    if (limit === undefined) return this.of(path, times);
    const written = { path, writtenAtMs: Math.min(times.mtimeMs, times.ctimeMs) };
    return this.#dated(written, written.writtenAtMs > limit ? limit : undefined);
  }

  /** Forgets files not seen since the last call. */
  sweep(): void {
    for (const key of this.#known.keys()) if (!this.#seen.has(key)) this.#known.delete(key);
    this.#seen = new Set();
    this.#foundByMs = undefined;
  }

  /** `otherwiseMs` counts unless the date is known. */
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

/** Compares dates, then names, as cameras number them. */
export function isNewer(one: Dated, other: Dated | undefined): boolean {
  if (other === undefined) return true;
  const difference = one.cameAtMs - other.cameAtMs || one.writtenAtMs - other.writtenAtMs;
  return difference === 0 ? Buffer.compare(one.path, other.path) > 0 : difference > 0;
}
