/* Reads the source files of a checkout, and their imports. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync } from "oxc-parser";

export interface SourceFile {
  /** Path from the root of the checkout. */
  readonly path: string;
  readonly source: string;
  readonly lines: number;
}

/** Returns the files below `folder` whose names end in one of `endings`, sorted. */
export function filesBelow(root: string, folder: string, ...endings: string[]): SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort()
    .map((name) => readSource(root, join(folder, name)));
}

function readSource(root: string, path: string): SourceFile {
  const source = readFileSync(join(root, path), "utf8");
  return { path, source, lines: source.split("\n").length - 1 };
}

/** Returns for each file the paths of the files that import it or run it. */
export function importersOf(files: readonly SourceFile[]): Map<string, Set<string>> {
  const importers = new Map(files.map(({ path }) => [path, new Set<string>()]));
  for (const { path, source } of files) {
    for (const specifier of specifiersOf(path, source)) {
      const target = relative(".", join(dirname(path), specifier));
      if (target !== path) importers.get(target)?.add(path);
    }
  }
  return importers;
}

/**
 * Returns the relative modules that a file names: in imports, in `export from`, and in `new
 * URL("./x.ts", import.meta.url)`.
 */
function specifiersOf(path: string, source: string): string[] {
  const { module } = parseSync(path, source);
  const named = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value ?? "")),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1)),
    ...[...source.matchAll(/new URL\(["'`](\.[^"'`]+)["'`], import\.meta\.url\)/g)].map(([, target = ""]) => target),
  ];
  return named.filter((specifier) => specifier.startsWith("."));
}
