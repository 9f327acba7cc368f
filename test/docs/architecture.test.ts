import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { testDriver } from "../support/cameras/driver-contract.ts";
import { slides } from "../support/cameras/example-driver.ts";
import { readPage } from "../support/markdown.ts";
import { ROOT_URL } from "../support/paths.ts";

const page = readPage("docs/contribute/architecture.md");

test("each step of a frame's path is in the file that the page links to", () => {
  const steps = [...page.matchAll(/^\d+\. \[`?([\w/.-]+?)`?\]\(\.\.\/\.\.\/([\w/.-]+)\) `(\w+)`: /gm)];
  assert.equal(steps.length, page.match(/^\d+\. /gm)?.length, "each step is `1. [file](link) `name`: what it does`");
  assert.ok(steps.length >= 15);
  for (const [, shown = "", file = "", name = ""] of steps) {
    assert.equal(shown, file);
    const source = existsSync(new URL(file, ROOT_URL)) ? readPage(file) : assert.fail(`there is no ${file}`);
    assert.match(
      source,
      new RegExp(`^export (async )?(function\\*?|class|const) ${name}\\b`, "m"),
      `${name} in ${file}`,
    );
  }
});

test("each name that the page tells newcomers to look at is in the file beside it", () => {
  const [, table = ""] = /^## Where to look$(.*?)^## /ms.exec(page) ?? [];
  for (const [, name = "", file = ""] of table.matchAll(/`(#?\w+)` in \[`[^`]+`\]\(\.\.\/\.\.\/([\w/.-]+)\)/g)) {
    assert.ok(readPage(file).includes(name), `there is no ${name} in ${file}: change “Where to look”`);
  }
});

test("the files that the page names in its text are there", () => {
  const folders =
    "app|cli|config|core|abr|transform|jpeg|drivers|outputs|messages|protocols|http|auth|tls|net|util|web";
  for (const [, path = ""] of page.matchAll(new RegExp(`\`((?:${folders})/[\\w/-]+)\``, "g"))) {
    const isThere = existsSync(new URL(`src/${path}.ts`, ROOT_URL)) || existsSync(new URL(`src/${path}`, ROOT_URL));
    assert.ok(isThere, `there is no src/${path}`);
  }
});

test("the page's driver is the one that is held to the contract", () => {
  const example = readPage("test/support/cameras/example-driver.ts")
    .replaceAll('"../../../src/drivers/', '"./')
    .replaceAll('"../../../src/', '"../');
  const [, shown = ""] = /```ts\n(.*?)```/s.exec(page) ?? [];
  assert.equal(shown, example);
});

describe("the page's driver", () => {
  const address = fileURLToPath(new URL("public/fake/", ROOT_URL));
  testDriver("slides", slides, { options: () => ({ address, fps: "50" }) });
});

test("the glossary holds 15 words", () => {
  const [, glossary = ""] = /^## Glossary$(.*)/ms.exec(page) ?? [];
  assert.equal(glossary.match(/^\| (?!word|---)/gm)?.length, 15);
});

test("the README is short, and its images are small", () => {
  assert.ok(readPage("README.md").split("\n").length <= 181);
  for (const image of ["docs/images/wall.webp", "docs/images/fan-out.svg"]) {
    assert.ok(readFileSync(new URL(image, ROOT_URL)).length <= 300_000, image);
  }
});
