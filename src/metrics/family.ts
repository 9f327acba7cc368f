import type { Histogram } from "../util/histogram.ts";

/** What one line of a monitor's text says: a value, and of what. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A distribution, and of what; its values are thousandths of the family's unit. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  readonly thousandths: Histogram;
}

interface Described {
  /**
   * As https://prometheus.io/docs/practices/naming/ has it: base units, `_total` behind what only
   * grows.
   */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** One metric and how it is read from `F`: everything that is known of it, once. */
export type MetricFamily<F> = Described &
  (
    | { readonly type: "counter" | "gauge"; readonly read: (figures: F) => Sample[] }
    | { readonly type: "histogram"; readonly read: (figures: F) => Distribution[] }
  );
