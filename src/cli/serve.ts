import { stat } from "node:fs/promises";
import { ConfigReloader } from "../app/config-reloader.ts";
import { registries } from "../app/registries.ts";
import { StillstreamServer } from "../app/server.ts";
import type { Flags } from "../config/flags.ts";
import { configFileOf, loadConfig } from "../config/load.ts";
import { Problems } from "../config/problems.ts";
import type { Config } from "../config/schema.ts";
import { findCamera } from "../drivers/list-devices.ts";
import { reapOrphans } from "../systemd/reap-orphans.ts";
import { ServiceManager } from "../systemd/service-manager.ts";
import { explainTimeZone } from "../transform/overlay/time-zone.ts";
import { unlessLate } from "../util/bulkhead.ts";
import { readSettingsFile, withSettingsFile } from "../util/files/settings-files.ts";
import { type Logger, logWarnings, openLog } from "../util/log/logger.ts";
import { errors, exit, print } from "./exit.ts";
import { followSignals } from "./signals.ts";
import { startupBanner } from "./startup-banner.ts";

/**
 * Starts the server, which serves until a signal stops it, and prints its URLs. `problems` are
 * those of the flags.
 */
export async function serve(flags: Flags, problems: Problems, version: string): Promise<void> {
  // A change while the server starts differs from this text, and is read again.
  const file = await readConfigText(configFileOf(flags, process.env)?.path);
  const load = createLoad(flags);
  const config = await load(problems);
  const log = await openLog(config.settings.logLevel, errors);
  logWarnings(log);
  const warnOfOldNames = createOldNameWarning(log);
  warnOfOldNames(config);
  const timeZone = explainTimeZone(process.env["TZ"]);
  if (timeZone !== undefined) log.warn(timeZone);
  await reapOrphans();
  const serviceManager = await ServiceManager.open(process.env, log);
  const server = new StillstreamServer(config, log, { linesLost: () => errors.lost });
  const started = server.start();
  const reloader = new ConfigReloader({
    path: file?.path,
    load: () => load(new Problems()),
    apply: async (next) => {
      warnOfOldNames(next);
      await started;
      return await server.apply(next);
    },
    settings: config.settings,
    log,
  });
  const stop = async () => {
    serviceManager.stopping();
    reloader.close();
    await server.stop();
  };
  followSignals({ stop, reload: () => reloader.reload(), log, exit });
  const port = await started;
  if (file !== undefined) reloader.watch(file.text);
  const { address } = server;
  if (address !== undefined) serviceManager.ready({ address, status: () => server.summary });
  print(await startupBanner(config, port, version));
}

/** Reads the configuration, at start and at each reload. */
function createLoad(flags: Flags): (problems: Problems) => Promise<Config> {
  let found: Awaited<ReturnType<typeof findCamera>>;
  const findOnce = async () => {
    // A camera in use might not be found again.
    found ??= await findCamera();
    return found;
  };
  return (problems) => loadConfig({ flags, env: process.env, registries, problems, findCamera: findOnce });
}

/** Warns once of each option that was written under its old name. */
function createOldNameWarning(log: Pick<Logger, "warn">): (config: Config) => void {
  const warned = new Set<string>();
  return ({ oldNames }) => {
    for (const { setting, name, current } of oldNames.filter(({ setting }) => !warned.has(setting))) {
      warned.add(setting);
      log.warn({ setting }, `Old option name: "${name}" works for one more release. Use "${current}".`);
    }
  };
}

/**
 * Reads the configuration file; undefined for none, or one that cannot be read twice, such as a
 * pipe.
 */
async function readConfigText(path = ""): Promise<{ path: string; text: string } | undefined> {
  const isFile = await withSettingsFile(`Looking at ${path}`, () => stat(path)).then(
    (found) => found.isFile(),
    unlessLate(false),
  );
  return isFile ? { path, text: await readSettingsFile(path).catch(unlessLate("")) } : undefined;
}
