import type { RequestHandler } from "express";
import { NO_CACHE } from "../shared/headers.ts";

/** What a monitor is given. */
export interface Metrics {
  /** Its `Content-Type`. */
  readonly type: string;
  readonly text: string;
}

/** Sends what `read` gives, read anew for each request. */
export function metricsRoute(read: () => Promise<Metrics>): RequestHandler {
  return async (_request, response) => {
    const { type, text } = await read();
    response.set(NO_CACHE).set("Content-Type", type).send(text);
  };
}
