import type { Registry } from "prom-client";

/**
 * Gauges with a counter's name, and one that says 292 years before the loop was first measured:
 * promtool and people mind.
 */
const LEFT_OUT = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
  "nodejs_eventloop_lag_min_seconds",
];

let registry: Registry | undefined;

/** Returns the metrics of the process. One for all servers: the library observes it forever. */
export function processRegistry(client: typeof import("prom-client")): Registry {
  if (registry === undefined) {
    registry = new client.Registry();
    client.collectDefaultMetrics({ register: registry });
    for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  }
  return registry;
}
