import assert from "node:assert/strict";

/** One metric as a monitor reads it. */
export interface Exposed {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly value: number;
  }[];
}

const SUFFIXES: Record<string, readonly string[]> = { histogram: ["_bucket", "_sum", "_count"] };

/**
 * Parses the text format 0.0.4 strictly by its description
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Every sample must belong to the
 * metric above it, no series may repeat, and the buckets of a histogram must grow up to its count.
 */
export function parseExposition(text: string): Map<string, Exposed> {
  assert.ok(text.endsWith("\n"), "the last line must end");
  const metrics = new Map<string, Exposed & { samples: Exposed["samples"][number][] }>();
  const seen = new Set<string>();
  let [name, help] = ["", ""];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, about = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") [name, help] = [about, rest];
    else if (kind === "TYPE") {
      assert.equal(about, name, "TYPE follows HELP");
      assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
      assert.ok(!metrics.has(name), `${name} is there twice`);
      metrics.set(name, { type: rest, help, samples: [] });
    } else {
      const [, sample = "", labels = "", number = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      assert.ok(sample !== "", `no sample: ${line}`);
      const metric = metrics.get(name);
      assert.ok(metric, `no metric above ${line}`);
      assert.ok(
        (SUFFIXES[metric.type] ?? [""]).some((end) => sample === name + end),
        `${sample} is not of ${name}`,
      );
      assert.ok(!seen.has(`${sample}{${labels}}`), `${line} is there twice`);
      seen.add(`${sample}{${labels}}`);
      // Go's spelling of numbers, which is case-insensitive.
      const value = /^nan$/i.test(number) ? Number.NaN : Number(number.replace("+Inf", "Infinity"));
      assert.ok(/^nan$/i.test(number) || !Number.isNaN(value), `no number: ${line}`);
      metric.samples.push({ name: sample, labels: parseLabels(labels), value });
    }
  }
  for (const [histogram, metric] of metrics) if (metric.type === "histogram") checkHistogram(histogram, metric);
  return metrics;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const [whole, name = "", value = ""] = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? [];
    assert.ok(whole !== undefined, `no label: ${rest}`);
    labels[name] = value.replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function checkHistogram(name: string, { samples }: Exposed): void {
  const series = new Map<string, number[]>();
  for (const { name: sample, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    if (sample === `${name}_bucket`) {
      const before = series.get(key) ?? [];
      assert.ok(value >= (before.at(-1) ?? 0), `${name}: the bucket ${le} is smaller than the one before`);
      series.set(key, [...before, value]);
    } else if (sample === `${name}_count`) assert.equal(series.get(key)?.at(-1), value, `${name}: +Inf is the count`);
  }
}
