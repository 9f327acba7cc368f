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

const EACH = BANNED.map(({ words, instead }) => ({ words: new RegExp(words, "gi"), instead }));

/** Finds whether a text has any of them, so that most texts are read once. */
const ANY = new RegExp(BANNED.map(({ words }) => words.source).join("|"), "i");

/** Returns a line for each banned word in the texts of a file. */
function bannedIn(path: string): string[] {
  const texts = textsOf(path).map(({ line, text }) => ({ line, text: text.replace(/\s/g, " ") }));
  return texts
    .filter(({ text }) => ANY.test(text))
    .flatMap(({ line, text }) =>
      EACH.flatMap(({ words, instead }) =>
        [...text.matchAll(words)].map(
          ({ 0: word, index }) => `${path}:${line + lineOf(text, index) - 1}: “${word}”; write: ${instead}`,
        ),
      ),
    );
}
