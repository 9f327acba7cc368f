import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError } from "../../util/errors.ts";

export const BUNDLES = fileURLToPath(new URL("../../../dist/web/", import.meta.url));

/** By their names without a hash. */
type PageFiles = Readonly<Record<string, string>>;

let files: PageFiles | undefined;

/** @throws SetupError if the pages are not built. */
export function pageFiles(): PageFiles {
  files ??= readManifest();
  return files;
}

function readManifest(): PageFiles {
  const path = join(BUNDLES, "manifest.json");
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new SetupError(`Cannot read ${path}: the pages are not built. Run \`npm run build\`.`, 1, { cause });
  }
}
