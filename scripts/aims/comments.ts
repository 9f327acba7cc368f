/* Finds the comments of a source file, and counts their lines and words. */
import { parseSync } from "oxc-parser";

/** A comment in its file. */
export interface Comment {
  /** Its first line, from 1. */
  readonly line: number;
  /** Its lines with their marks (`//`, `*`) removed. */
  readonly lines: readonly string[];
}

/** Returns the comments of a file of TypeScript or JavaScript, in order. */
export function commentsOf(path: string, source: string): Comment[] {
  return parseSync(path, source).comments.map(({ type, value, start }) => ({
    line: source.slice(0, start).split("\n").length,
    lines: type === "Line" ? [value.trim()] : value.split("\n").map((line) => line.replace(/^\s*\*+/, "").trim()),
  }));
}

/**
 * Splits text into words. A word holds a letter or a digit, so the marks of a comment do not count.
 */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/**
 * Returns the numbers of lines that hold a comment, or a part of one, and are longer than
 * `columns`.
 */
export function longCommentLines(path: string, source: string, columns: number): number[] {
  const lines = source.split("\n");
  return commentsOf(path, source)
    .flatMap(({ line, lines }) => lines.map((_text, index) => line + index))
    .filter((line) => (lines[line - 1] ?? "").length > columns);
}
