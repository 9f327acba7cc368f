import assert from "node:assert/strict";
import { test } from "node:test";
import { registries } from "../../src/app/registries.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { helpText } from "../../src/config/help.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Problems } from "../../src/config/problems.ts";
import { cameraSettingsSchema } from "../../src/config/schema.ts";
import { kebabCase } from "../../src/options/option-names.ts";
import { queryOptions } from "../../src/transform/transform-spec.ts";
import { markdownFiles, readPage } from "../support/markdown.ts";
import { startProgram } from "../support/programs/program.ts";

/* What the docs tell people to type is there: scripts, commands, options, cameras, URLs. */

/** Pages that speak of today; the others tell how something came to be. */
const PAGES = markdownFiles().filter((page) => page !== "CHANGELOG.md" && !page.includes("/decisions/"));

interface Code {
  readonly page: string;
  readonly text: string;
}

/** The lines of fenced blocks, and code within text. */
const CODE: readonly Code[] = PAGES.flatMap((page) => {
  const text = readPage(page);
  const fenced = [...text.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...text.replace(/^```.*?^```/gms, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
  return [...fenced, ...inline].map((code) => ({ page, text: code.replace(/\s+/g, " ").trim() }));
});

const help = helpText(registries);
const [, commandHelp = ""] = /^Commands:\n(.*?)^$/ms.exec(help) ?? [];
const COMMANDS = new Map(
  [...commandHelp.matchAll(/^ {2}([a-z-]+)(.*)$/gm)].map(([, name = "", rest = ""]) => [name, rest]),
);

test("every npm script that the docs name is there", () => {
  const { scripts } = JSON.parse(readPage("package.json")) as { scripts: Record<string, string> };
  for (const { page, text } of CODE) {
    for (const [, name = ""] of text.matchAll(/\bnpm run (?:--silent )?([a-z:-]+)/g)) {
      assert.ok(Object.hasOwn(scripts, name), `${page}: there is no script ${name} in package.json`);
    }
  }
});

test("every command line of the docs is understood: commands, options, cameras, outputs", async () => {
  const lines = CODE.flatMap(({ page, text }) => {
    const [, rest] =
      /(?:^|[;(] ?|sudo |&& )(?:npm start --|stillstream|node dist\/main\.js)(?: (.*))?$/.exec(text) ?? [];
    return rest === undefined ? [] : [{ page, argv: wordsOf(rest) }];
  });
  assert.ok(lines.length > 30);
  for (const { page, argv } of lines) await assertUnderstood(page, argv);
});

test("every option of the program that the docs name alone is there", () => {
  const known = new Set(help.match(/--[a-z-]+/g));
  const alone = CODE.filter(({ text }) => /^--[a-z-]+/.test(text) && !FOREIGN.some((name) => text.startsWith(name)));
  assert.ok(alone.length > 30);
  for (const { page, text } of alone) {
    for (const name of text.match(/(?<![\w-])--[a-z-]+/g) ?? [])
      assert.ok(known.has(name), `${page}: there is no option ${name}`);
  }
});

test("every option of a camera or an output that the docs name alone is there", () => {
  const kinds = Object.values(registries).flatMap((registry) => Object.values(registry));
  const shapes = [cameraSettingsSchema.shape, ...kinds.map(({ options }) => options.shape)];
  const known = new Set(shapes.flatMap((shape) => Object.keys(shape).map(kebabCase)));
  const alone = CODE.flatMap(({ page, text }) =>
    /^#[a-z]/.test(text) && !page.includes("/contribute/") ? [{ page, text }] : [],
  );
  assert.ok(alone.length > 4);
  for (const { page, text } of alone) {
    for (const [, name = ""] of text.matchAll(/#([a-z-]+)/g))
      assert.ok(known.has(name), `${page}: there is no #${name}`);
  }
});

test("every URL of the docs is answered", async (t) => {
  const { url } = await startProgram(t, ["name=fake", "door=fake", "phone=push"]);
  const paths = new Set<string>();
  for (const { page, text } of CODE) {
    const [path] =
      /^\/(?:video_feed|snapshot|stream|state|live|cameras|api|embed|doctor|healthz|metrics|public|manifest|\?action)[^ ,]*$/.exec(
        text,
      ) ?? [];
    if (path !== undefined && !path.endsWith("…") && !path.endsWith("_N") && path !== "/public")
      paths.add(`${page} ${path}`);
  }
  assert.ok(paths.size > 20);
  const check = async (entry: string) => {
    const [page = "", path = ""] = entry.split(" ");
    const isUpload = /\/(?:frames|publish)\b/.test(path);
    const gone = new AbortController();
    const address = url + (isUpload ? path.replace("NAME", "phone") : path);
    const { status } = await fetch(address, { signal: gone.signal, headers: { Connection: "close" } });
    gone.abort();
    // For some there is a POST alone.
    const isThere = status !== 404 || POSTED.some((pattern) => pattern.test(path));
    assert.ok(isThere, `${page}: ${path} is answered ${status}`);
  };
  await Promise.all([...paths].map(check));
});

test("the table of docs/guide/transforms.md has every query parameter of transforms", () => {
  const [, table = ""] = /^## Parameters$(.*?)^The server/ms.exec(readPage("docs/guide/transforms.md")) ?? [];
  const documented = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) => cell.match(/[\w-]+/g) ?? []);
  assert.deepEqual(documented.sort(), Object.keys(queryOptions).map(kebabCase).sort());
});

test("every route of the app is in the reference or in the guide", () => {
  const routes = [
    ...readPage("src/http/app.ts").matchAll(/routes\.(?:get|post|put|patch|use)\(\[?((?:"[^"]+"(?:, )?)+)/g),
  ];
  const paths = routes.flatMap(([, list = ""]) => [...list.matchAll(/"([^"]+)"/g)].map(([, path = ""]) => path));
  assert.ok(paths.length > 30);
  const named = new Set(CODE.flatMap(({ text }) => text.match(/\/[\w./-]*/g) ?? []));
  for (const path of paths) {
    const shown = path.replace(":name", "NAME");
    assert.ok(
      named.has(shown) || shown === "/public",
      `no page of the docs names ${shown}: add it to docs/reference/http-api.md`,
    );
  }
});

/** Options of other programs. */
const FOREIGN = [
  "--unsafely-treat-insecure-origin-as-secure",
  "--ignore-scripts",
  "--frame",
  "--BOUNDARY",
  "--seed",
  "--minutes",
  "--only",
];

const POSTED = [/\/frames$/, /\/share\.svg$/, /^\/api\/tokens$/, /\/controls$/];

/** Splits a line as a shell does, up to a comment, a pipe or the end of a subshell. */
function wordsOf(line: string): string[] {
  const [command = ""] = line.split(/ #|\)? [>|;&]/);
  return (command.replace(/\)$/, "").match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) =>
    word.replace(/['"]/g, ""),
  );
}

async function assertUnderstood(page: string, argv: readonly string[]): Promise<void> {
  const [first = ""] = argv;
  const own = COMMANDS.get(first);
  if (first === "COMMAND" || argv.some((word) => /[[…]/.test(word))) return;
  const problems = new Problems();
  if (own === undefined) assert.doesNotMatch(first, /^(?:hash|token)$/, `${page}: an old name of a command`);
  let words = own === undefined ? argv : argv.slice(1);
  for (const [flag, value] of [...(own ?? "").matchAll(/\[(--[a-z-]+)( [^\]]+)?\]/g)].map(([, name = "", value]) => [
    name,
    value,
  ])) {
    const at = words.indexOf(flag as string);
    if (at >= 0) words = words.toSpliced(at, value === undefined ? 1 : 2);
  }
  if (first === "create-token") words = words.slice(1);
  const flags = parseFlags(words, problems);
  const config = { flags, env: {}, registries, problems };
  if (flags.help || flags.version) return;
  await loadConfig({ ...config, findCamera: async () => ({ camera: "fake", what: "a test" }) }).catch(
    (error: Error) => {
      // The files are the reader's.
      const wrong = error.message.split("\n").filter((line) => !/no such file|cannot be read|ENOENT/i.test(line));
      assert.deepEqual(wrong, [], `${page}: stillstream ${argv.join(" ")}`);
    },
  );
}
