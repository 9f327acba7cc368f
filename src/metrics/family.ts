import type { Histogram } from "../util/histogram.ts";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Values are thousandths of the family's unit. */
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

export type MetricFamily<F> = Described &
  (
    | { readonly type: "counter" | "gauge"; readonly read: (figures: F) => Sample[] }
    | { readonly type: "histogram"; readonly read: (figures: F) => Distribution[] }
  );
