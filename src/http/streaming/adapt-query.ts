import type { Request } from "express";
import { DEFAULT_MAX_LATENCY_MS } from "../../abr/abr-controller.ts";
import { millisecondsParameter, onOffParameter } from "../shared/request.ts";

/** Below this, one frame and its acknowledgement take longer on most links. */
const MIN_LATENCY_MS = 50;
const MAX_LATENCY_MS = 60_000;

/**
 * Undefined if the stream does not adapt; `max-latency` alone asks for it. @throws HttpError 400
 * for a malformed parameter.
 */
export function latencyToDefend(request: Pick<Request, "query">, adaptsByDefault: boolean): number | undefined {
  const maxLatencyMs = millisecondsParameter(request, "max-latency", MIN_LATENCY_MS, MAX_LATENCY_MS);
  const adapts = onOffParameter(request, "adapt") ?? (adaptsByDefault || maxLatencyMs !== undefined);
  return adapts ? (maxLatencyMs ?? DEFAULT_MAX_LATENCY_MS) : undefined;
}
