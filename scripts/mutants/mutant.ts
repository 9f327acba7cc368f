/** One change of one file. */
export interface Mutant {
  /** From 1. */
  readonly id: number;
  /** From the project's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  /** Where `before` stands in the file. */
  readonly start: number;
  readonly end: number;
  readonly kind: "expression" | "statement" | "block";
  /** The class member or the statement of the file around it, to which a type error belongs. */
  readonly unit: { readonly start: number; readonly end: number };
}

/** Part of a file that has mutants; others may stand inside. */
export interface Site {
  readonly kind: Mutant["kind"];
  readonly start: number;
  readonly end: number;
  readonly mutants: readonly Mutant[];
}

export type Outcome = "killed" | "timeout" | "survived" | "not covered";
