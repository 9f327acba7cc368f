import type { RequestHandler } from "express";
import { NO_CACHE } from "../shared/headers.ts";

export interface Metrics {
  readonly type: string;
  readonly text: string;
}

export function metricsRoute(readMetrics: () => Promise<Metrics>): RequestHandler {
  return async (_request, response) => {
    const { type, text } = await readMetrics();
    response.set(NO_CACHE).set("Content-Type", type).send(text);
  };
}
