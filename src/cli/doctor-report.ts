import type { Examination, Finding, Level } from "../doctor/finding.ts";
import { printableLine } from "../util/printable.ts";

/** Formats an examination for a terminal. */
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
  return counts.length === 0 ? "No problems found." : `Found ${counts.join(" and ")}.`;
}
