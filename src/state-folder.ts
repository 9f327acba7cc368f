import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The folder for what is to outlive a restart: the one given, else the one a service manager names (systemd.exec(5),
 * StateDirectory=), else the user's own (XDG Base Directory Specification), on Windows in LOCALAPPDATA.
 */
export function stateFolder(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (given !== undefined) return given;
  // The first of several.
  const [service = ""] = (env["STATE_DIRECTORY"] ?? "").split(":");
  if (service !== "") return service;
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] ?? homedir(), "stillstream");
  // A relative path is to be ignored, by that specification.
  const { XDG_STATE_HOME: own = "" } = env as { XDG_STATE_HOME?: string };
  return join(isAbsolute(own) ? own : join(homedir(), ".local", "state"), "stillstream");
}
