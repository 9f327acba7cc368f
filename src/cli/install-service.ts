import { registries } from "../app/registries.ts";
import { parseFlags } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import { Problems } from "../config/problems.ts";
import { runInstall } from "../systemd/install.ts";

/**
 * Runs `stillstream install-service`: returns what was done, or would be.
 * @throws SetupError for wrong options (exit 2), or if a step is not allowed or fails (exit 1).
 */
export async function installService(args: readonly string[]): Promise<string> {
  const problems = new Problems();
  const own = ["--dry-run", "--socket"];
  const flags = parseFlags(
    args.filter((argument) => !own.includes(argument)),
    problems,
  );
  // Checked as at a start, but without the environment, which the service will not have.
  const config = await loadConfig({ flags, env: {}, registries, problems });
  return await runInstall(
    { isDryRun: args.includes("--dry-run"), hasSocket: args.includes("--socket") },
    flags,
    config,
  );
}
