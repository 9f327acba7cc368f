import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ROOT_URL } from "./paths.ts";

/* The project's pages in Markdown, as tests look at them. */

/** Returns the paths of all pages, from the root of the project. */
export function markdownFiles(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(new URL(folder, ROOT_URL), { recursive: true, encoding: "utf8" }).map((name) => folder + name);
  const atRoot = readdirSync(fileURLToPath(ROOT_URL));
  return [...atRoot, ...below("docs/")].filter((name) => name.endsWith(".md")).sort();
}

/** Reads a file of the project. */
export function readPage(path: string): string {
  return readFileSync(new URL(path, ROOT_URL), "utf8");
}

/** Returns the page without its fenced blocks. */
export function withoutFences(page: string): string {
  return page.replace(/^```.*?^```$/gms, "");
}

/** Returns the ids that GitHub gives to the headings of a page. */
export function headingIds(page: string): Set<string> {
  const ids = new Set<string>();
  for (const [, heading = ""] of withoutFences(page).matchAll(/^#{1,6} +(.+)$/gm)) {
    const id = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-");
    let unique = id;
    for (let count = 1; ids.has(unique); count++) unique = `${id}-${count}`;
    ids.add(unique);
  }
  return ids;
}
