import type { Section } from "./report.ts";

/**
 * The figures of a run that the README's chart shows. docs/contribute/benchmarks.json holds them.
 */
export interface Figures {
  /** The machine, a line for each part, and the day. */
  readonly machine: readonly string[];
  readonly panels: readonly Panel[];
}

/** One comparison: less is better in all of them. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly server: string; readonly value: number }[];
}

type Table = Pick<Section, "title" | "header" | "rows">;

/** Picks the figures of the chart from the tables of a report. */
export function figuresOf(machine: readonly string[], tables: readonly Table[]): Figures {
  const busy = (server: readonly string[]) => server[1] === "200";
  return {
    machine,
    panels: [
      panel("CPU time to send 1 GB to 200 viewers", "s", tables, "Viewers at full rate", "CPU s/GB", busy),
      panel("Latency at 200 viewers, median", "ms", tables, "Viewers at full rate", "p50 ms", busy),
      panel("Age of a slow viewer's frames, median", "s", tables, "A slow viewer", "age p50 s", () => true),
    ],
  };
}

function panel(
  title: string,
  unit: string,
  tables: readonly Table[],
  section: string,
  column: string,
  isShown: (row: readonly string[]) => boolean,
): Panel {
  const table = tables.find((candidate) => candidate.title === section);
  const index = table?.header.indexOf(column) ?? -1;
  if (index < 0) throw new Error(`The chart has no figures: the report has no column "${column}" below "${section}".`);
  // A cell is `0.192 (0.181–0.211)`: the median comes first.
  const rows = table?.rows.filter(isShown) ?? [];
  const bars = rows.map((row) => ({ server: row[0] ?? "", value: Number.parseFloat(row[index] ?? "") }));
  return { title, unit, bars };
}
