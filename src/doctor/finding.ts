export type Level = "ok" | "note" | "problem";

export interface Finding {
  /** The same in every examination, such as `rate`. */
  readonly check: string;
  readonly about: string;
  readonly level: Level;
  readonly what: string;
  /** Empty if there is nothing to do. */
  readonly fix: string;
}

export interface Examination {
  readonly at: number;
  readonly findings: readonly Finding[];
}

export function ok(check: string, about: string, what: string): Finding {
  return { check, about, level: "ok", what, fix: "" };
}

export function note(check: string, about: string, what: string, fix: string): Finding {
  return { check, about, level: "note", what, fix };
}

export function problem(check: string, about: string, what: string, fix: string): Finding {
  return { check, about, level: "problem", what, fix };
}

/** Adds `mend`, the old name of `fix` in JSON, which stays for one release. */
export function withOldNames({ at, findings }: Examination): object {
  return { at, findings: findings.map((finding) => ({ ...finding, mend: finding.fix })) };
}
