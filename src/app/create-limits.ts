import type { Settings } from "../config/schema.ts";
import { inspectLimits, OWN_FILES } from "../doctor/limits.ts";
import { Limits } from "../http/limits/limits.ts";
import { Refusals } from "../http/limits/refusals.ts";
import { Viewers } from "../http/streaming/viewers.ts";
import { parseTrustedProxies, TRUST_NO_PROXY } from "../net/trusted-proxies.ts";
import type { Logger } from "../util/log/logger.ts";

/** Creates the limits of connections, requests and viewers. */
export async function createLimits(settings: Settings, log: Logger) {
  const { maxViewers, maxViewersPerAddress, maxRequests, trustProxy } = settings;
  const { allowOrigin, auth, authFile, basePath } = settings;
  const refusals = new Refusals((fields, event) => log.warn(fields, event));
  const limits = new Limits({
    maxConnections: await connectionsFor(settings, log),
    maxRequests,
    trust: parseTrustedProxies(trustProxy) ?? TRUST_NO_PROXY,
    cors: { origins: allowOrigin, hasPassword: auth.length > 0 || authFile !== undefined, basePath },
    refusals,
  });
  const room =
    maxViewersPerAddress === undefined
      ? { perAddress: Math.max(PER_ADDRESS, Math.ceil(maxViewers / 2)), isThisMachineExempt: true }
      : { perAddress: maxViewersPerAddress };
  return { refusals, limits, viewers: new Viewers(maxViewers, room, refusals.reached) };
}

/** Default of viewers per address: thirty browsers with a wall of sixteen cameras each. */
const PER_ADDRESS = 500;

/** Limits connections to what the system allows: without free descriptors no camera opens. */
async function connectionsFor({ maxConnections, maxViewers }: Settings, log: Logger): Promise<number> {
  const wanted = maxConnections ?? Math.max(CONNECTIONS, 2 * maxViewers);
  const { openFiles = Number.POSITIVE_INFINITY } = await inspectLimits(maxViewers);
  const most = Math.max(MIN_CONNECTIONS, openFiles - OWN_FILES);
  if (wanted <= most) return wanted;
  log.warn(
    { openFiles, wanted },
    `Connections limited to ${most}: the system allows ${openFiles} open files. Raise LimitNOFILE= in the service, or ulimit -n.`,
  );
  return most;
}

/**
 * A thousand viewers, and as many browsers with an open page. Measured 2026-11-28: 8 KB for an idle
 * one.
 */
const CONNECTIONS = 4000;

/** The least with which the server is of use. */
const MIN_CONNECTIONS = 10;
