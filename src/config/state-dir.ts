import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { SetupError } from "../util/errors.ts";

/**
 * Returns the folder for lasting state: the given one, else the service manager's (systemd.exec(5),
 * StateDirectory=), else the user's (XDG Base Directory Specification; LOCALAPPDATA on Windows).
 * @throws SetupError for a user without a home, as in containers.
 */
export function stateDirOf(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (given !== undefined) return given;
  // systemd may list several.
  const [service = ""] = (env["STATE_DIRECTORY"] ?? "").split(":");
  if (service !== "") return service;
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] ?? home(), "stillstream");
  // The specification ignores a relative path.
  const { XDG_STATE_HOME: own = "" } = env as { XDG_STATE_HOME?: string };
  return join(isAbsolute(own) ? own : join(home(), ".local", "state"), "stillstream");
}

/** Returns the home. @throws SetupError for a user without an entry and HOME (getpwuid(3)). */
function home(): string {
  try {
    return homedir();
  } catch {
    const user = process.getuid?.() ?? "unknown";
    throw new SetupError(`--state-dir: user ${user} has no home for a default. Name a folder.`, 2);
  }
}
