import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";

/*
 * Which folder of src/ imports which: for the table of docs/contribute/architecture.md, and its
 * test.
 */

/** Returns what each folder of `src` really imports of the others, in the order of `known`. */
export function importsByFolder(src: string, known: readonly string[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  for (const file of files) {
    const from = folderOf(file);
    const imports = found.get(from) ?? new Set();
    found.set(from, imports);
    const text = readFileSync(join(src, file), "utf8");
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      const to = folderOf(relative(".", normalize(join(dirname(file), specifier))));
      if (to !== from && !to.startsWith("..")) imports.add(to);
    }
  }
  const byOrder = (one: string, other: string) => known.indexOf(one) - known.indexOf(other);
  return new Map([...found].map(([folder, imports]) => [folder, [...imports].sort(byOrder)]));
}

/**
 * Returns the box of the table that a file of `src` is in: its folder, of `http` the one below it,
 * or a file of `src` itself.
 */
function folderOf(file: string): string {
  const [first = "", second, third] = file.split(sep);
  if (second === undefined) return first.replace(/\.ts$/, "");
  return first === "http" && third !== undefined ? `http/${second}` : first;
}

const NOTHING = "nothing of ours";
const ROW = /^(\| `src\/([\w/]+?)(?:\.ts|\/)` \|[^|]+\|) ([^|]+) \|$/gm;

/** Returns the page with the column of imports as the sources have it. */
export function withImports(page: string, src: string): string {
  const imports = importsByFolder(src, [...documentedImports(page).keys()]);
  return page.replace(ROW, (_row, start: string, folder: string) => {
    const names = imports.get(folder) ?? [];
    return `${start} ${names.length === 0 ? NOTHING : names.join(", ")} |`;
  });
}

/** Reads the table `| folder | holds | imports |`. */
export function documentedImports(page: string): Map<string, string[]> {
  return new Map(
    [...page.matchAll(ROW)].map(([, , folder = "", imports = ""]) => [
      folder,
      imports === NOTHING ? [] : imports.split(", "),
    ]),
  );
}
