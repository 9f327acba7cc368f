import type { Mutant, Outcome } from "./mutant.ts";
import type { MutantResult } from "./run-mutants.ts";

/** Part of the mutants that tests must kill. */
export const AIM = 0.85;

/** A mutant that does what the code does. */
export interface Explanation {
  readonly file: string;
  /** The line of the source, without its indentation. */
  readonly line: string;
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

export interface Score {
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  readonly uncovered: number;
  readonly explained: number;
  /** Of 1. */
  readonly score: number;
}

export type Judged = Omit<MutantResult, "outcome"> & { readonly outcome: Outcome | "explained" };

/** Returns a table of files, with the sum last, and each mutant that no test killed. */
export function reportText(results: readonly Judged[], lineOf: (mutant: Mutant) => string): string {
  const files = [...new Set(results.map(({ mutant }) => mutant.file))].sort();
  const rows = files.map((file) =>
    row(
      file,
      results.filter(({ mutant }) => mutant.file === file),
    ),
  );
  const alive = results.filter(({ outcome }) => outcome === "survived" || outcome === "not covered");
  return [
    ...alive.flatMap(({ mutant, outcome }) => [
      `${mutant.file}:${mutant.line}:${mutant.column} ${outcome} (${mutant.operator})`,
      `    ${lineOf(mutant).trim()}`,
      `    ${short(mutant.before)}  →  ${short(mutant.after)}`,
    ]),
    ...(alive.length > 0 ? [""] : []),
    "score   killed  timeout survived  uncovered explained  file",
    ...rows,
    row("all", results),
    "",
  ].join("\n");
}

export function scoreOf(results: readonly Judged[]): Score {
  const count = (outcome: Judged["outcome"]) => results.filter((one) => one.outcome === outcome).length;
  const [killed, timeout] = [count("killed"), count("timeout")];
  const [survived, uncovered, explained] = [count("survived"), count("not covered"), count("explained")];
  const all = killed + timeout + survived + uncovered;
  return { killed, timeout, survived, uncovered, explained, score: all === 0 ? 1 : (killed + timeout) / all };
}

/** Marks the mutants that need no test. */
export function judge(
  results: readonly MutantResult[],
  explanations: readonly Explanation[],
  lineOf: (mutant: Mutant) => string,
): Judged[] {
  return results.map((result) => {
    const { mutant, outcome } = result;
    const isAlive = outcome === "survived" || outcome === "not covered";
    const isExplained = explanations.some(
      ({ file, line, before, after }) =>
        file === mutant.file && line === lineOf(mutant).trim() && before === mutant.before && after === mutant.after,
    );
    return isAlive && isExplained ? { ...result, outcome: "explained" } : result;
  });
}

function row(name: string, results: readonly Judged[]): string {
  const { killed, timeout, survived, uncovered, explained, score } = scoreOf(results);
  const numbers = [killed, timeout, survived, uncovered, explained].map((one) => String(one).padStart(9)).join("");
  return `${(100 * score).toFixed(1).padStart(5)} ${numbers}  ${name}`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 60)} … ${line.slice(-30)}` : line;
}
