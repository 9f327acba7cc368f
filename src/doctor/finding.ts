/** All well, good to know, or a fault that viewers notice. */
export type Level = "ok" | "note" | "problem";

/** A result of one check. */
export interface Finding {
  /** The check, such as `rate`: the same in every examination. */
  readonly check: string;
  /** The subject: a camera's title, or a part of the machine. */
  readonly about: string;
  readonly level: Level;
  /** What the check found, and why it matters, in sentences. */
  readonly what: string;
  /** What to do, in sentences; empty if there is nothing to do. */
  readonly fix: string;
}

/** All findings of one run. */
export interface Examination {
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  readonly findings: readonly Finding[];
}

/** Returns a finding without a fix. */
export function ok(check: string, about: string, what: string): Finding {
  return { check, about, level: "ok", what, fix: "" };
}

/** Returns a finding that is good to know. */
export function note(check: string, about: string, what: string, fix: string): Finding {
  return { check, about, level: "note", what, fix };
}

/** Returns a fault that viewers notice. */
export function problem(check: string, about: string, what: string, fix: string): Finding {
  return { check, about, level: "problem", what, fix };
}

/** Adds `mend`, the old name of `fix` in JSON, which stays for one release. */
export function withOldNames({ at, findings }: Examination): object {
  return { at, findings: findings.map((finding) => ({ ...finding, mend: finding.fix })) };
}
