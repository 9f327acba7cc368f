import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FONTS = fileURLToPath(new URL("../../../assets/fonts/", import.meta.url));

/** The program's own font and its family: it is there on every machine. */
export const FONT_FILE = join(FONTS, "DejaVuSans.ttf");
export const FONT_FAMILY = "DejaVu Sans";

/**
 * Runs the process's first drawing of text, at which fontconfig reads its configuration, with one of ours.
 *
 * A headless machine has none, and some have one that cannot be used; of each, fontconfig complains on standard error,
 * where nobody can stop it. The variable is set back at once, for the programs that we start.
 */
export async function withFontconfig<T>(draw: () => Promise<T>): Promise<T> {
  const { FONTCONFIG_FILE: before } = process.env;
  process.env["FONTCONFIG_FILE"] = join(FONTS, canKeepCache() ? "system.conf" : "alone.conf");
  try {
    return await draw();
  } finally {
    if (before === undefined) delete process.env["FONTCONFIG_FILE"];
    else process.env["FONTCONFIG_FILE"] = before;
  }
}

/**
 * Whether what fontconfig finds out about the system's fonts can be written where it wants to (`cachedir` of prefix
 * `xdg` in https://www.freedesktop.org/software/fontconfig/fontconfig-user.html). If not, it would look through all of
 * them at each start, and complain.
 */
function canKeepCache(): boolean {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const folder = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
  if (!folder || process.platform === "win32") return false;
  const cache = join(folder, "fontconfig");
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
