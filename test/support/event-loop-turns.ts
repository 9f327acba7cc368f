/** Counts events in each turn of the event loop, until `stop`. */
export class EventLoopTurns {
  #inTurn = 0;
  #most = 0;
  #next: NodeJS.Immediate;

  constructor() {
    this.#next = setImmediate(() => this.#turn());
  }

  /** The largest count of one turn. */
  get most(): number {
    return this.#most;
  }

  count(): void {
    this.#inTurn++;
    this.#most = Math.max(this.#most, this.#inTurn);
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #turn(): void {
    this.#inTurn = 0;
    this.#next = setImmediate(() => this.#turn());
  }
}
