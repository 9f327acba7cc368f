import type { Settings } from "../config/schema.ts";
import { inspectLimits, OWN_FILES } from "../doctor/limits.ts";
import { Limits } from "../http/limits/limits.ts";
import { Refusals } from "../http/limits/refusals.ts";
import { Viewers } from "../http/streaming/viewers.ts";
import { parseTrustedProxies, TRUST_NO_PROXY } from "../net/trusted-proxies.ts";
import type { Logger } from "../util/log/logger.ts";

/** What those who reach the port may have of it, as the settings say, and what was refused. */
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

/** Viewers of an address unless told otherwise: thirty browsers with a wall of sixteen cameras each. */
const PER_ADDRESS = 500;

/** As many as were asked for, or as the system lets this process have: with none left, no camera could be opened either. */
async function connectionsFor({ maxConnections, maxViewers }: Settings, log: Logger): Promise<number> {
  const wanted = maxConnections ?? Math.max(CONNECTIONS, 2 * maxViewers);
  const { openFiles = Number.POSITIVE_INFINITY } = await inspectLimits(maxViewers);
  const most = Math.max(MIN_CONNECTIONS, openFiles - OWN_FILES);
  if (wanted <= most) return wanted;
  log.warn(
    `The system lets this process have ${openFiles} files open, so that it takes ${most} connections rather than ${wanted}; allow more with LimitNOFILE= in its service, or with ulimit -n`,
  );
  return most;
}

/** A thousand viewers, and as many browsers that have a page open; idle, each takes 8 KB (measured 2026-11-28). */
const CONNECTIONS = 4000;

/** With fewer there is no serving anybody. */
const MIN_CONNECTIONS = 10;
