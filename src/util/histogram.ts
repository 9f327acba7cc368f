/** Counts values by how large they are. Adding one costs a few comparisons, so that it can be done for every picture. */
export class Histogram {
  /** Upper ends of the buckets, ascending; what is above the last is counted too. */
  readonly bounds: readonly number[];
  /** How many fell in each bucket, and above the last one at its end. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    const { bounds } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] as number)) index++;
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#sum += value;
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** How many were at most each bound, and at the end how many there were. */
  cumulative(): number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
  }
}
