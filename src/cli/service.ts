import { parseFlags } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import type { Registries } from "../config/parse-cameras.ts";
import { Problems } from "../config/problems.ts";
import { runInstall } from "../systemd/install.ts";
import type { ServiceOptions } from "../systemd/options.ts";
import { runUninstall } from "../systemd/uninstall.ts";

/**
 * `stillstream install-service` and `uninstall-service`: gives what to print.
 * @throws SetupError when options are wrong (exit 2), or it may or can not be done (exit 1).
 */
export async function runServiceCommand(given: ServiceOptions, kinds: Registries): Promise<string> {
  const problems = new Problems();
  if (given.command === "uninstall-service") {
    for (const argument of given.rest)
      problems.add(`uninstall-service takes --dry-run alone, got ${JSON.stringify(argument)}`);
    problems.throwIfAny();
    return await runUninstall(given);
  }
  const flags = parseFlags(given.rest, problems);
  // Checked as at a start, but for the environment, which the service will not have.
  const config = await loadConfig({ flags, env: {}, registries: kinds, problems });
  return await runInstall(given, flags, config);
}
