/* What the runner of mutants and its processes tell each other. */

export type Order =
  | {
      readonly kind: "run";
      /** Its place among the tests of `loaded`. */
      readonly test: number;
      /** 0 for none. */
      readonly mutant: number;
      readonly limitMs: number;
      /** How often the mutant may be reached. */
      readonly times: number;
    }
  | { readonly kind: "end" };

/** How often each mutant was reached, by its number. */
export type Counts = Readonly<Record<number, number>>;

export type Report =
  | {
      readonly kind: "loaded";
      readonly tests: readonly { readonly file: string; readonly name: string; readonly isSkipped: boolean }[];
      readonly counts: Counts;
    }
  | { readonly kind: "broken"; readonly why: string }
  | {
      readonly kind: "ran";
      readonly result: "passed" | "failed" | "late";
      readonly why?: string;
      readonly ms: number;
      readonly counts: Counts;
    };
