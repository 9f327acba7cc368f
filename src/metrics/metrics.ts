import type { Histogram, MetricValueWithName, Registry } from "prom-client";
import { metricFamilies } from "./families.ts";
import type { Distribution, MetricFamily } from "./family.ts";
import { type FigureSources, type Figures, readFigures } from "./figures.ts";
import { processRegistry } from "./process.ts";

type PromClient = typeof import("prom-client");

/** Returns the text format 0.0.4 of Prometheus, and its type. */
export type ReadMetrics = () => Promise<{ readonly type: string; readonly text: string }>;

/** Loads and measures nothing before the first read. */
export function createReadMetrics(sources: FigureSources): ReadMetrics {
  let loading: Promise<ReadMetrics> | undefined;
  return async () => {
    loading ??= open(sources).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return await (await loading)();
  };
}

async function open(sources: FigureSources): Promise<ReadMetrics> {
  const client = await import("prom-client");
  const own = new client.Registry();
  // Read once for all families.
  let figures = readFigures(sources);
  for (const family of metricFamilies) register(client, own, family, () => figures);
  const all = client.Registry.merge([own, processRegistry(client)]);
  return async () => {
    figures = readFigures(sources);
    return { type: all.contentType, text: await all.metrics() };
  };
}

function register(client: PromClient, registry: Registry, family: MetricFamily<Figures>, figures: () => Figures): void {
  const { name, help, type } = family;
  const config = { name, help, labelNames: [...family.labels], registers: [registry] };
  if (type === "histogram") {
    // What was counted elsewhere, which the library's own histogram does not take.
    const get = async () => ({
      ...{ name, help, type },
      values: family.read(figures()).flatMap((distribution) => valuesOf(name, distribution)),
    });
    registry.registerMetric({ name, get } as unknown as Histogram);
  } else if (type === "counter") {
    new client.Counter({
      ...config,
      collect() {
        this.reset();
        for (const { labels, value } of family.read(figures())) this.inc(labels, value);
      },
    });
  } else {
    new client.Gauge({
      ...config,
      collect() {
        this.reset();
        for (const { labels, value } of family.read(figures())) this.set(labels, value);
      },
    });
  }
}

function valuesOf(name: string, { labels, thousandths }: Distribution): MetricValueWithName<string>[] {
  const counts = thousandths.cumulative();
  const count = counts.at(-1) ?? 0;
  const buckets = [...thousandths.bounds.map((bound) => String(bound / 1000)), "+Inf"].map((le, index) => {
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: counts[index] ?? count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: { ...labels }, value: thousandths.sum / 1000 },
    { metricName: `${name}_count`, labels: { ...labels }, value: count },
  ];
}
