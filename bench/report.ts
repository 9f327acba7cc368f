/** One part of the report: a table, and its results for the targets. */
export interface Section {
  readonly title: string;
  /** What was measured and how, in one or two sentences. */
  readonly about: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly targets: readonly Target[];
  /** What could not be measured or went wrong, in whole sentences. */
  readonly notes: readonly string[];
}

/** A target (see docs/contribute/architecture.md) and the figure that was reached. */
export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Formats the whole report in Markdown that also reads well in a terminal. */
export function render(machine: readonly string[], sections: readonly Section[]): string {
  const targets = sections.flatMap((section) => section.targets);
  const parts = [
    "# Benchmarks",
    "Written by `npm run bench`: do not edit. Everything runs on one machine over loopback; only ratios between rows of\n" +
      "one run mean anything on another.",
    machine.map((line) => `- ${line}`).join("\n"),
    ...(targets.length > 0 ? ["## Targets", targetTable(targets)] : []),
    ...sections.map(renderSection),
  ];
  return `${parts.join("\n\n")}\n`;
}

export function renderSection({ title, about, header, rows, notes }: Section): string {
  return [`## ${title}`, about, table(header, rows), ...notes].join("\n\n");
}

export function targetTable(targets: readonly Target[]): string {
  const rows = targets.map(({ what, target, measured, met }) => [what, target, measured, met ? "yes" : "**NO**"]);
  return table(["what", "target", "measured", "met"], rows);
}

/** Minimum, median and maximum of several runs. */
export function spread(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { min: at(0), median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, max: at(sorted.length - 1) };
}

/** Formats `0.34 (0.33–0.36)`: the median, and the extremes of several runs. */
export function withNoise(values: readonly number[], digits: number): string {
  const { min, median, max } = spread(values);
  const range = values.length > 1 ? ` (${min.toFixed(digits)}–${max.toFixed(digits)})` : "";
  return `${median.toFixed(digits)}${range}`;
}

/** Pads columns to one width, so that the source of the table is readable. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}
