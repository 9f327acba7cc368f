import type { Config } from "../config/schema.ts";
import type { Logger } from "../util/log/logger.ts";

/** Warns once of each option that was written under its old name. */
export function createOldNameWarning(log: Pick<Logger, "warn">): (config: Config) => void {
  const warned = new Set<string>();
  return ({ oldNames }) => {
    for (const { setting, name, current } of oldNames.filter(({ setting }) => !warned.has(setting))) {
      warned.add(setting);
      log.warn({ setting }, `Old option name: "${name}" works for one more release. Use "${current}".`);
    }
  };
}
