import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";
import { headingIds, markdownFiles, readPage, withoutFences } from "../support/markdown.ts";
import { ROOT_URL } from "../support/paths.ts";

test("every link between the project's pages leads to a file, and to a heading if it names one", () => {
  const wrong: string[] = [];
  for (const page of markdownFiles()) {
    for (const [, target = ""] of withoutFences(readPage(page)).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = "", id] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!existsSync(new URL(file, ROOT_URL))) wrong.push(`${page}: ${target}: there is no file ${file}`);
      else if (id !== undefined && !headingIds(readPage(file)).has(id)) {
        wrong.push(`${page}: ${target}: ${file} has no heading with the id "${id}"`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("every page of docs/ can be reached by links from the README", () => {
  const seen = new Set<string>();
  const follow = (page: string) => {
    if (seen.has(page) || !page.endsWith(".md")) return;
    seen.add(page);
    for (const [, target = ""] of readPage(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      follow(join(dirname(page), target));
    }
  };
  follow("README.md");
  const lost = markdownFiles().filter(
    (page) => page.startsWith("docs/") && !page.includes("/decisions/") && !seen.has(page),
  );
  assert.deepEqual(lost, [], "link them from the README, or from a page that it links to");
});

test("every image of a page is there, and has a text in its place", () => {
  for (const page of markdownFiles()) {
    for (const [, text = "", target = ""] of readPage(page).matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)) {
      assert.notEqual(text, "", `${page}: ${target} has no text for readers who do not see it`);
      assert.ok(existsSync(new URL(join(dirname(page), target), ROOT_URL)), `${page}: ${target} is not there`);
    }
  }
});

test("every file of the project that a page names is there", () => {
  const wrong: string[] = [];
  for (const page of markdownFiles()) {
    const named = readPage(page).matchAll(/`((?:src|test|scripts|bench|public|views|docs)\/[\w/.-]+)`/g);
    for (const [, path = ""] of named) {
      const isThere = existsSync(new URL(path, ROOT_URL)) || path === EXAMPLE || page === "CHANGELOG.md";
      if (!isThere) wrong.push(`${page}: there is no ${path}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** The driver that newcomers are shown how to add. */
const EXAMPLE = "src/drivers/slides.ts";
