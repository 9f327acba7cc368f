import assert from "node:assert/strict";
import { test } from "node:test";
import { BANNED } from "./banned-words.ts";
import { byFolder, filesWithTexts, lineOf, textsOf } from "./texts.ts";

/** It contains all banned words. */
const LIST = "test/style/banned-words.ts";

for (const [folder, paths] of byFolder(filesWithTexts().filter((path) => path !== LIST))) {
  test(`${folder} has no banned word`, () => {
    const hits = paths.flatMap(bannedIn);
    assert.equal(hits.length, 0, hits.join("\n"));
  });
}

/** Returns a line for each banned word in the texts of a file. */
function bannedIn(path: string): string[] {
  return textsOf(path).flatMap(({ line, text }) =>
    BANNED.flatMap(({ words, instead }) =>
      [...text.replace(/\s/g, " ").matchAll(new RegExp(words, "gi"))].map(
        ({ 0: word, index }) => `${path}:${line + lineOf(text, index) - 1}: “${word}”; write: ${instead}`,
      ),
    ),
  );
}
