import { registries } from "../app/registries.ts";
import { parseFlags } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import { Problems } from "../config/problems.ts";
import type { Settings } from "../config/schema.ts";

interface TokenOptions {
  readonly positionals: readonly string[];
  readonly lifetime: string | undefined;
  readonly can: string | undefined;
  /** Reads the settings as the server reads them: from flags, environment and file. */
  readonly loadSettings: () => Promise<Settings>;
}

/**
 * Parses `--for`, `--can`, and the settings of the server.
 * @throws SetupError (exit 2) for unknown options.
 */
export function parseTokenOptions(args: readonly string[]): TokenOptions {
  const own = new Map<string, string>();
  const others: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [, name, value] = /^--(for|can)(?:=(.*))?$/.exec(args[index] as string) ?? [];
    if (name === undefined) others.push(args[index] as string);
    else own.set(name, value ?? args[++index] ?? "");
  }
  const problems = new Problems();
  const flags = parseFlags(others, problems);
  problems.throwIfAny();
  const given = { flags: { ...flags, cameras: [] }, env: process.env, registries };
  return {
    positionals: flags.cameras,
    lifetime: own.get("for"),
    can: own.get("can"),
    loadSettings: async () => (await loadConfig({ ...given, problems: new Problems() })).settings,
  };
}
