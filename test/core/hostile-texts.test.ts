import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { variantOptions } from "../../src/transform/transform-spec.ts";
import { describeError, hideSecrets } from "../../src/util/errors.ts";
import { Redactor } from "../../src/util/secrets/redactor.ts";
import { shortened } from "../../src/util/shortened.ts";
import { inTime } from "../support/fuzz.ts";

/**
 * As long as the head of a request or of an answer, and a control message, may be
 * (docs/reference/limits.md).
 */
const LENGTH = 16_000;

/** Texts that begin like what is looked for again and again, and never are it. */
const HOSTILE = [
  ...["A", "0", " ", "=", "%25", "\\", "//#:/", "a://", "a://b@", "eyJ-", "?token=", "&tokena=abcd1"],
  ...["[.", "a:", "a:b@", ":", ",", "/abcdefg1", "http://admin:secretpas", "10.0.0.5", ";for=", '"', ". "],
].map((piece) => piece.repeat(LENGTH / piece.length));

/** Made no match by what is at their end. */
const TEXTS = HOSTILE.flatMap((text) => [
  text,
  `${text}\n`,
  `${text}.`,
  `http://x${text}a`,
  `0${text}`,
  `${text}[:]/@x`,
]);

const OPTIONS = z.object(variantOptions);

test("numbers in a query, however long, are read in a time that grows as they do", () => {
  for (const key of ["fps", "scale", "crop", "width", "quality", "rotate"]) {
    inTime(() => {
      for (const text of TEXTS) {
        OPTIONS.safeParse({ [key]: text });
        OPTIONS.safeParse({ [key]: `0,0,1,${text}` });
      }
    });
  }
});

test("what an error says is searched for secrets in a time that grows as it does", () => {
  for (const text of TEXTS) inTime(() => describeError(new Error(text)));
  inTime(() => {
    for (let count = 0; count < 8; count++) hideSecrets("eyJ-".repeat(LENGTH / 4));
  });
});

test("what a camera says, and where it redirects to, keeps the server busy for a moment at most", () => {
  for (const text of TEXTS) {
    const redactor = new Redactor(["http://admin:secret@10.0.0.5/stream?key=abcdef12"]);
    inTime(() => redactor.learn(`http://10.0.0.6/${text}`));
    inTime(() => redactor.hide(text));
  }
});

test("of a text that is too long, no piece of a word is told", () => {
  assert.equal(shortened("all of it", 9), "all of it");
  assert.equal(shortened("all of it and more", 9), "all of …");
  assert.equal(shortened("p".repeat(20), 9), " …");
  const said = new Redactor(["http://admin:secret@10.0.0.5/"]).hide(`${"word ".repeat(408)}at secret`);
  assert.ok(said.endsWith("word at …") || said.endsWith("word …"), said.slice(-40));
});

test("tokens are hidden wherever they stand, and long passwords with them", () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.sig-nature_1";
  for (const [text, shown] of [
    [`?token=${token}`, "?token=***"],
    [`a ${token}.`, "a ***."],
    [`see-${token}, and x.${token}`, "see-***, and x.***"],
    ["eyJ.a, eyJhb.c and index.js.map", "eyJ.a, eyJhb.c and index.js.map"],
    [`//u:${"p".repeat(500)}@h/`, "//u:***@h/"],
  ] as const) {
    assert.equal(hideSecrets(text), shown);
  }
});
