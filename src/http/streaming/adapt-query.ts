import type { Request } from "express";
import { DEFAULT_MAX_LATENCY_MS } from "../../abr/abr-controller.ts";
import { millisecondsParameter, onOffParameter } from "../shared/request.ts";

/** Less is within what one picture and its acknowledgement take on most links, more is no live picture; in milliseconds. */
const MIN_LATENCY_MS = 50;
const MAX_LATENCY_MS = 60_000;

/**
 * How old pictures may get on the way to whoever asks so, in milliseconds; undefined where the stream does not adapt to its link.
 * `max-latency` alone asks for it too. Throws an HttpError 400 for a parameter that is malformed.
 */
export function latencyToDefend(request: Pick<Request, "query">, adaptsByDefault: boolean): number | undefined {
  const maxLatencyMs = millisecondsParameter(request, "max-latency", MIN_LATENCY_MS, MAX_LATENCY_MS);
  const adapts = onOffParameter(request, "adapt") ?? (adaptsByDefault || maxLatencyMs !== undefined);
  return adapts ? (maxLatencyMs ?? DEFAULT_MAX_LATENCY_MS) : undefined;
}
