/* Finds the comments of a source file, and counts their lines and words. */
import { parseSync } from "oxc-parser";

/** A comment as it stands in its file. */
export interface Comment {
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** Its lines with their marks (`//`, `*`) removed. */
  readonly lines: readonly string[];
}

/** The comments of a file of TypeScript or JavaScript, in order. */
export function commentsOf(path: string, source: string): Comment[] {
  return parseSync(path, source).comments.map(({ type, value, start }) => ({
    line: source.slice(0, start).split("\n").length,
    lines: type === "Line" ? [value.trim()] : value.split("\n").map((line) => line.replace(/^\s*\*+/, "").trim()),
  }));
}

/** A word is whatever stands between spaces and holds a letter or a digit, so no mark of a comment. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/** Numbers of the lines that hold a comment, or a part of one, and are longer than `columns`. */
export function longCommentLines(path: string, source: string, columns: number): number[] {
  const lines = source.split("\n");
  return commentsOf(path, source)
    .flatMap(({ line, lines }) => lines.map((_text, index) => line + index))
    .filter((line) => (lines[line - 1] ?? "").length > columns);
}
