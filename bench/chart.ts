import type { Figures, Panel } from "./figures.ts";

const WIDTH = 760;
const MARGIN = 24;
const LABEL_WIDTH = 110;
const VALUE_WIDTH = 80;
const BAR = { height: 18, step: 26 };
const PANEL = { title: 30, gap: 14 };

/**
 * Draws the figures as bars. The chart brings its own ground, so that it reads on light and dark
 * pages.
 */
export function drawChart({ machine, panels }: Figures): string {
  const parts: string[] = [];
  let y = MARGIN;
  for (const panel of panels) {
    parts.push(drawPanel(panel, y));
    y += heightOf(panel);
  }
  const height = y + 26;
  const described = panels.map(({ title, unit, bars }) => {
    return `${title}: ${bars.map(({ server, value }) => `${server} ${value} ${unit}`).join(", ")}.`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>stillstream beside other programs; less is better</title>
<desc>${escapeXml(described.join(" "))}</desc>
<style>
text { font: 14px system-ui, sans-serif; fill: #1f2328; }
.ground { fill: #f6f8fa; stroke: #d1d9e0; }
.title { font-weight: 600; }
.small { font-size: 12px; fill: #59636e; }
.bar { fill: #8c959f; }
.ours { fill: #1a7f37; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ground { fill: #151b23; stroke: #3d444d; }
.small { fill: #9198a1; }
.bar { fill: #656c76; }
.ours { fill: #3fb950; }
}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${parts.join("\n")}
<text class="small" x="${MARGIN}" y="${height - 16}">Less is better. ${escapeXml(summaryOf(machine))}</text>
</svg>
`;
}

function drawPanel({ title, unit, bars }: Panel, top: number): string {
  const longest = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH;
  const rows = bars.map(({ server, value }, index) => {
    const y = top + PANEL.title + index * BAR.step;
    const width = Math.max(2, (value / longest) * room);
    const left = MARGIN + LABEL_WIDTH;
    return [
      `<text x="${MARGIN}" y="${y + 14}">${escapeXml(server)}</text>`,
      `<rect class="${index === 0 ? "ours" : "bar"}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" rx="3"/>`,
      `<text x="${(left + width + 8).toFixed(1)}" y="${y + 14}">${value} ${unit}</text>`,
    ].join("");
  });
  return [`<text class="title" x="${MARGIN}" y="${top + 16}">${escapeXml(title)}</text>`, ...rows].join("\n");
}

function heightOf({ bars }: Panel): number {
  return PANEL.title + bars.length * BAR.step + PANEL.gap;
}

/** `2 cores, Node v20.20.2, 2026-11-21`: the processor's name is in the report. */
function summaryOf([processor = "", system = ""]: readonly string[]): string {
  const cores = /\d+ cores?/.exec(processor)?.[0] ?? processor;
  return `${cores}, ${system.split(", ").slice(1).join(", ")}. “bare C” is a minimal server in C.`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
