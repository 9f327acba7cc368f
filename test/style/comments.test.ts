import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../support/paths.ts";
import { byFolder, commentLinesOf, filesWithTexts } from "./texts.ts";

/** Where comments wrap. */
const COLUMNS = 100;

/** A URL cannot wrap, and Biome reads its comments from one line. */
const CANNOT_WRAP = /^\s*(?:\/\/|\*|#)?\s*(?:\S*https?:\/\/\S+|biome-ignore .*)$/;

const files = filesWithTexts().filter((path) => !/\.(?:md|ejs)$/.test(path));
for (const [folder, paths] of byFolder(files)) {
  test(`comments in ${folder} have at most ${COLUMNS} columns`, () => {
    const long = paths.flatMap(longLines);
    assert.equal(long.length, 0, long.join("\n"));
  });
}

function longLines(path: string): string[] {
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n");
  return commentLinesOf(path)
    .filter((number) => (lines[number - 1] ?? "").length > COLUMNS && !CANNOT_WRAP.test(lines[number - 1] ?? ""))
    .map((number) => `${path}:${number}: ${lines[number - 1]?.length} columns`);
}
