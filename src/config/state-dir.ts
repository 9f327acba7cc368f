import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { SetupError } from "../util/errors.ts";

/**
 * The folder for what is to outlive a restart: the one given, else the one a service manager names (systemd.exec(5),
 * StateDirectory=), else the user's own (XDG Base Directory Specification), on Windows in LOCALAPPDATA.
 * @throws SetupError for a user without a home, as containers have them.
 */
export function stateDirOf(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (given !== undefined) return given;
  // The first of several.
  const [service = ""] = (env["STATE_DIRECTORY"] ?? "").split(":");
  if (service !== "") return service;
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] ?? home(), "stillstream");
  // A relative path is to be ignored, by that specification.
  const { XDG_STATE_HOME: own = "" } = env as { XDG_STATE_HOME?: string };
  return join(isAbsolute(own) ? own : join(home(), ".local", "state"), "stillstream");
}

/** Throws for a user who is in no list of users, where HOME is not set either (getpwuid(3)). */
function home(): string {
  try {
    return homedir();
  } catch {
    const user = process.getuid?.() ?? "unknown";
    throw new SetupError(`no folder for state was found: user ${user} has no home. Name a folder with --state-dir.`, 2);
  }
}
