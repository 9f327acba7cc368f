import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FONTS = fileURLToPath(new URL("../../../assets/fonts/", import.meta.url));

/** Our own font, which is on every machine. */
export const FONT_FILE = join(FONTS, "DejaVuSans.ttf");
export const FONT_FAMILY = "DejaVu Sans";

/**
 * Runs the process's first drawing of text with our fontconfig configuration: headless machines
 * have none, or a broken one. Resets the variable at once, for child processes.
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
 * Without a cache (`cachedir` of prefix `xdg` in
 * https://www.freedesktop.org/software/fontconfig/fontconfig-user.html), fontconfig would search
 * all fonts at each start, and complain.
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
