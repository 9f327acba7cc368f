/**
 * Silence after which it asks the server for a sign of life: each subscription brings one a second.
 */
const QUIET_MS = 1500;
/** Silence after which the connection is dead: a phone that changed networks is told nothing. */
const DEAD_MS = 6000;
/**
 * On a slow link a single frame may take as long: each wrong guess doubles the patience, up to
 * this.
 */
const MAX_DEAD_MS = 30_000;
/** The same after a sign that the network has changed. */
const HURRIED_DEAD_MS = 2000;

/** Finds out whether a connection is dead, by its silence. */
export class Liveness {
  #heardAt = performance.now();
  #openedAt = 0;
  #deadMs = DEAD_MS;
  /** When it was told to make sure, while no answer has come. */
  #hurriedAt: number | undefined;

  /** When anything came last, by `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  opened(): void {
    this.#openedAt = performance.now();
    this.#hurriedAt = undefined;
  }

  heard(): void {
    this.#heardAt = performance.now();
    this.#hurriedAt = undefined;
  }

  /** Expects an answer soon: the network may have changed. Returns the time. */
  hurry(): number {
    this.#hurriedAt = performance.now();
    return this.#hurriedAt;
  }

  check(): "alive" | "quiet" | "dead" {
    const now = performance.now();
    const silentMs = now - this.#heardAt;
    if (now - this.#openedAt > 60_000) this.#deadMs = DEAD_MS;
    const hurriedAt = this.#hurriedAt;
    const isDead = hurriedAt === undefined ? silentMs > this.#deadMs : now - hurriedAt > HURRIED_DEAD_MS;
    if (!isDead) return silentMs > QUIET_MS ? "quiet" : "alive";
    if (hurriedAt === undefined) this.#deadMs = Math.min(this.#deadMs * 2, MAX_DEAD_MS);
    return "dead";
  }
}
