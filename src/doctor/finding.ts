/** How bad it is: all well, good to know, or something that makes viewers unhappy. */
export type Level = "ok" | "note" | "problem";

/** What the doctor found about one thing. */
export interface Finding {
  /** Which check it comes from, such as `rate`; the same from one examination to the next. */
  readonly check: string;
  /** What it is about: a camera's title, or a part of the machine. */
  readonly about: string;
  readonly level: Level;
  /** What is so, as one sentence. */
  readonly what: string;
  /** How to mend it, as one sentence; empty when there is nothing to mend. */
  readonly fix: string;
}

/** Everything that one examination found. */
export interface Examination {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly findings: readonly Finding[];
}

/** A finding with nothing to mend. */
export function ok(check: string, about: string, what: string): Finding {
  return { check, about, level: "ok", what, fix: "" };
}

/** A finding that is good to know. */
export function note(check: string, about: string, what: string, fix: string): Finding {
  return { check, about, level: "note", what, fix };
}

/** A finding that makes viewers unhappy. */
export function problem(check: string, about: string, what: string, fix: string): Finding {
  return { check, about, level: "problem", what, fix };
}

/** Adds `mend`, the old name of `fix` in JSON, which stays for one release. */
export function withOldNames({ at, findings }: Examination): object {
  return { at, findings: findings.map((finding) => ({ ...finding, mend: finding.fix })) };
}
