import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { commentsOf } from "../../scripts/aims/comments.ts";
import { ROOT } from "../support/paths.ts";

/** Files whose texts a person reads. */
const READ = /\.(?:ts|mjs|js|py|c|h|css|ejs|md)$/;

const SCRIPT = /\.(?:ts|mjs|js)$/;

/** A text that a person may read: a comment, a string with a space in it, or a page. */
export interface Text {
  /** Its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Returns the paths of all files with texts, from the root of the project, sorted. */
export function filesWithTexts(): string[] {
  const below = ["assets", "bench", "docs", "packaging", "public", "scripts", "src", "test", "views"];
  const nested = below.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return [...readdirSync(ROOT), ...nested].filter((path) => READ.test(path)).sort();
}

/** Returns the texts of a file of the project: its comments, its strings, its paragraphs. */
export function textsOf(path: string): Text[] {
  const source = readFileSync(join(ROOT, path), "utf8");
  if (path.endsWith(".ejs"))
    return [{ line: 1, text: blank(source, /<%.*?%>|<style.*?<\/style>|\b(?:class|id|for)="[^"]*"/gs) }];
  if (path.endsWith(".md")) return [{ line: 1, text: blank(source, /^```.*?^```|`[^`\n]+`|\]\([^)]*\)/gms) }];
  return [...commentTexts(path, source), ...(SCRIPT.test(path) ? stringTexts(path, source) : [])];
}

/** Returns the numbers of all lines of a file that hold a comment or a part of one, from 1. */
export function commentLinesOf(path: string): number[] {
  return commentTexts(path, readFileSync(join(ROOT, path), "utf8")).flatMap(({ line, text }) =>
    text.split("\n").map((_text, index) => line + index),
  );
}

function commentTexts(path: string, source: string): Text[] {
  if (SCRIPT.test(path)) {
    // Names in backticks are code.
    return commentsOf(path, source).map(({ line, lines }) => ({ line, text: blank(lines.join("\n"), /`[^`]+`/g) }));
  }
  if (path.endsWith(".css")) return found(source, /\/\*.*?\*\//gs);
  // Strings of Python and C rarely hold the marks of comments.
  return found(source, path.endsWith(".py") ? /(?<=^|\s)#[^\n]*|""".*?"""/gs : /\/\/[^\n]*|(?<!\*)\/\*.*?\*\//gs);
}

function stringTexts(path: string, source: string): Text[] {
  const { program } = parseSync(path, source);
  const texts: Text[] = [];
  const add = (text: string, start: number) => {
    if (text.includes(" ")) texts.push({ line: lineOf(source, start), text });
  };
  new Visitor({
    Literal: (node) => {
      if (typeof node.value === "string") add(node.value, node.start);
    },
    TemplateElement: (node) => add(node.value.raw, node.start),
  }).visit(program);
  return texts;
}

function found(source: string, pattern: RegExp): Text[] {
  return [...source.matchAll(pattern)].map(({ 0: text, index }) => ({ line: lineOf(source, index), text }));
}

/** Replaces matches with spaces, so that lines keep their numbers. */
function blank(source: string, pattern: RegExp): string {
  return source.replace(pattern, (text) => text.replace(/[^\n]/g, " "));
}

export function lineOf(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}

/** Groups paths by folder: `src/core`, `src/http/live`, `test/core`, `docs`. */
export function byFolder(paths: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const parts = path.split("/");
    const depth = /^(?:src|test)\/http\//.test(path) ? 3 : /^(?:src|test)\//.test(path) ? 2 : 1;
    const folder = parts.length > 1 ? parts.slice(0, Math.min(depth, parts.length - 1)).join("/") : "the root";
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return folders;
}
