import type { RequestHandler } from "express";
import { NO_CACHE } from "../shared/headers.ts";

/** The cameras of the server's machine. To look, each is opened for a moment: who asks meanwhile shares the look. */
export function devicesRoute(listDevices: () => Promise<readonly unknown[]>): RequestHandler {
  let looking: Promise<readonly unknown[]> | undefined;
  return async (_request, response) => {
    looking ??= listDevices().finally(() => {
      looking = undefined;
    });
    response.set(NO_CACHE).json({ devices: await looking });
  };
}
