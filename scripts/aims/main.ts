/*
 * `npm run aims`: prints the measurements of the tree: files, folders, comments, docs, the path of
 * a frame.
 * `npm run aims -- PATH` measures another checkout. It needs its node_modules for the path of a
 * frame.
 * `npm run aims -- --list` also lists what was counted.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commentsOf, longCommentLines, wordsOf } from "./comments.ts";
import { framePath } from "./frame-path.ts";
import { filesBelow, importersOf, type SourceFile } from "./tree.ts";

/** Where comments wrap. */
const COLUMNS = 100;

/** A file with fewer lines is small. */
const SMALL = 40;

/** The folder of the pages' scripts in TypeScript. */
const PAGES = join("src", "web");

interface Row {
  readonly aim: string;
  readonly value: string;
  /** The counted items, one line each. */
  readonly list?: readonly string[];
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { list: { type: "boolean" } } });
const root = positionals[0] ?? fileURLToPath(new URL("../..", import.meta.url));
const sources = filesBelow(root, "src", ".ts");
const server = sources.filter(({ path }) => !path.startsWith(PAGES));
const pages = [...filesBelow(root, "public", ".js"), ...sources.filter(({ path }) => path.startsWith(PAGES))];
const rows = [...treeRows(), ...importRows(), ...wordRows(), ...docRows(), ...pageRows(), ...(await frameRows())];
const width = Math.max(...rows.map(({ aim }) => aim.length));
for (const { aim, value, list = [] } of rows) {
  process.stdout.write(`${aim.padEnd(width)}  ${value}\n`);
  if (values.list) process.stdout.write(list.map((line) => `    ${line}\n`).join(""));
}

function treeRows(): Row[] {
  const folders = new Map<string, number>();
  for (const { path } of [...server, ...pages]) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1);
  const largest = [...folders].sort(([, one], [, other]) => other - one);
  return [
    { aim: "files of src", value: `${sources.length} (${server.length} without the scripts of the pages)` },
    { aim: "folders of src", value: String(new Set(sources.map(({ path }) => dirname(path))).size) },
    { aim: "files of the largest folder (src, public scripts)", ...first(largest) },
    { aim: "lines of the largest file of src", ...first(byLines(sources)) },
  ];
}

function importRows(): Row[] {
  const importers = importersOf(sources);
  const tests = filesBelow(root, "test", ".ts").map(({ path }) => basename(path).replace(/\.(test|fuzz)\.ts$/, ".ts"));
  const single = server.filter(({ path }) => importers.get(path)?.size === 1);
  const small = single.filter(({ lines, path }) => lines < SMALL && !tests.includes(basename(path)));
  return [
    { aim: `files below ${SMALL} lines with one importer, no test`, value: String(small.length), list: names(small) },
    { aim: "files with one importer", value: String(single.length), list: names(single) },
    { aim: "files of at most 50 lines", value: String(server.filter(({ lines }) => lines <= 50).length) },
  ];
}

function wordRows(): Row[] {
  // Counts as `grep -rhE '^\s*(//|/\*|\*)' src | wc -lw` does: lines that hold only a comment, and
  // a mark is a word.
  const lines = server.flatMap(({ source }) => source.split("\n").filter((line) => /^\s*(\/\/|\/\*|\*)/.test(line)));
  const words = lines.join(" ").trim().split(/\s+/).length;
  const bare = server.flatMap(({ path, source }) =>
    commentsOf(path, source).flatMap(({ lines }) => lines.flatMap(wordsOf)),
  );
  const long = [...server, ...pages].flatMap(({ path, source }) =>
    longCommentLines(path, source, COLUMNS).map((line) => `${path}:${line}`),
  );
  return [
    {
      aim: "words of comments in src, without pages",
      value: `${words} in ${lines.length} lines (${bare.length} without marks)`,
    },
    { aim: "words per comment line", value: (words / lines.length).toFixed(1) },
    { aim: `comment lines over ${COLUMNS} columns (src, public)`, value: String(long.length), list: long },
  ];
}

function docRows(): Row[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)|<img[^>]+src="([^"]+)"/g)].map(
    ([, md, html]) => md ?? html,
  );
  const there = pictures.filter((path): path is string => path !== undefined && existsSync(join(root, path)));
  return [
    { aim: "lines of README", value: String(readme.split("\n").length - 1) },
    { aim: "pictures in README", value: `${there.length} ${there.join(" ")}`.trim() },
  ];
}

function pageRows(): Row[] {
  const lines = (ending: string) =>
    pages.filter(({ path }) => path.endsWith(ending)).reduce((sum, file) => sum + file.lines, 0);
  return [
    { aim: "lines of the pages' scripts in JavaScript", value: String(lines(".js")) },
    { aim: "lines of the pages' scripts in TypeScript", value: String(lines(".ts")) },
  ];
}

async function frameRows(): Promise<Row[]> {
  if (!existsSync(join(root, "node_modules"))) return [{ aim: "path of a frame", value: "not run: no node_modules" }];
  const rows: Row[] = [];
  for (const driver of ["fake", "tcp-connect"] as const) {
    const { files, wrappers } = await framePath(root, driver);
    const list = [...files].map(([file, functions]) => `${file}: ${functions.join(", ")}`);
    rows.push({ aim: `files that run for each frame (${driver})`, value: String(files.size), list });
    rows.push({ aim: `wrappers that run for each frame (${driver})`, value: String(wrappers.length), list: wrappers });
  }
  return rows;
}

function byLines(files: readonly SourceFile[]): [name: string, size: number][] {
  return files.map(({ path, lines }): [string, number] => [path, lines]).sort(([, one], [, other]) => other - one);
}

function first(sorted: readonly (readonly [name: string, size: number])[]): Omit<Row, "aim"> {
  const [name, size] = sorted[0] ?? ["", 0];
  return { value: `${size} ${name}`, list: sorted.slice(0, 5).map(([name, size]) => `${size} ${name}`) };
}

function names(files: readonly SourceFile[]): string[] {
  return files.map(({ path, lines }) => `${path} ${lines}`);
}
