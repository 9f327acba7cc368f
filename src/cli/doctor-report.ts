import type { Examination, Finding, Level } from "../doctor/finding.ts";
import { printableLine } from "../util/printable.ts";

/** An examination as lines for a terminal: what is wrong is said first, and then everything, by what it is about. */
export function doctorReport({ findings }: Examination): string {
  const lines = [`${summary(findings)}`];
  let about = "";
  for (const finding of findings) {
    if (finding.about !== about) lines.push("", printableLine(finding.about));
    about = finding.about;
    lines.push(`  ${WORDS[finding.level].padEnd(9)}${printableLine(finding.what)}`);
    if (finding.fix !== "") lines.push(`  ${"".padEnd(9)}${printableLine(finding.fix)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** True when nothing is a problem. */
export function isWell({ findings }: Examination): boolean {
  return findings.every(({ level }) => level !== "problem");
}

const WORDS: Readonly<Record<Level, string>> = { ok: "ok", note: "note", problem: "PROBLEM" };

function summary(findings: readonly Finding[]): string {
  const count = (level: Level, word: string) => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number === 0 ? [] : `${number} ${word}${number === 1 ? "" : "s"}`;
  };
  const counts = [count("problem", "problem"), count("note", "note")].flat();
  return counts.length === 0
    ? "All is well."
    : `There ${/^1 /.test(counts[0] ?? "") ? "is" : "are"} ${counts.join(" and ")}.`;
}
