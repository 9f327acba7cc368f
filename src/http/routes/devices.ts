import type { RequestHandler } from "express";
import { NO_CACHE } from "../shared/headers.ts";

/** Concurrent requests share a scan, which opens each camera. */
export function devicesRoute(listDevices: () => Promise<readonly unknown[]>): RequestHandler {
  let scan: Promise<readonly unknown[]> | undefined;
  return async (_request, response) => {
    scan ??= listDevices().finally(() => {
      scan = undefined;
    });
    response.set(NO_CACHE).json({ devices: await scan });
  };
}
