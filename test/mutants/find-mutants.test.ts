import assert from "node:assert/strict";
import { test } from "node:test";
import { readDiff } from "../../scripts/mutants/changed-lines.ts";
import { findMutants } from "../../scripts/mutants/find-mutants.ts";
import { instrument } from "../../scripts/mutants/instrument.ts";

/** Returns a file with each of its mutants. */
function mutantsOf(source: string): string[] {
  const mutants = findMutants("file.ts", source, 1).flatMap((site) => site.mutants);
  return mutants.map(({ start, end, after }) => source.slice(0, start) + after + source.slice(end));
}

const CASES: readonly [what: string, source: string, mutants: readonly string[]][] = [
  [
    "a boundary moves, and a comparison has either result",
    "f = a < b;",
    ["f = a <= b;", "f = a >= b;", "f = true;", "f = false;"],
  ],
  [
    "operators of numbers change, those of texts do not",
    "f = a * b; g = `a` + b;",
    ["f = a / b; g = `a` + b;", "f = a * b; g = `` + b;"],
  ],
  ["a condition is left out", "f = isA && isB;", ["f = isA || isB;", "f = true && isB;", "f = isA && true;"]],
  ["a branch is always taken, or never", "if (a) b = 1;", ["if (true) b = 1;", "if (false) b = 1;"]],
  ["a loop does not end at once or never starts", "while (a) b++;", ["while (false) b++;", "while (a) b--;"]],
  [
    "a call is left out, and the text of an error is no subject",
    'if (a) throw new Error("b"); c.off("d");',
    [
      'if (true) throw new Error("b"); c.off("d");',
      'if (false) throw new Error("b"); c.off("d");',
      'if (a) throw new Error("b"); ;',
      'if (a) throw new Error("b"); c.off("");',
    ],
  ],
  [
    "a body is emptied, but a body with nothing but one call is not",
    "function f() { return; } function g() { h(); }",
    ["function f() {} function g() { h(); }", "function f() { return; } function g() { ; }"],
  ],
  [
    "each link of a chain becomes a plain one",
    "f = a?.b?.(c)?.[d];",
    ["f = a?.b?.(c)[d];", "f = a?.b(c)?.[d];", "f = a.b?.(c)?.[d];"],
  ],
  [
    "names, types and modules stay",
    'import { a } from "b"; type T = "c"; const d: T = e as "f"; ({ "g": h } = i);',
    [],
  ],
  ["what a method drops is kept", "f = a.filter(b).some(c);", ["f = a.filter(b).every(c);", "f = a.some(c);"]],
  ["a pattern loses its ends", "f = /^a$/;", ["f = /a$/;", "f = /^a/;"]],
  ["a case does nothing", "switch (a) { case 1: b = 1; break; }", ["switch (a) { case 1: ; }"]],
];

for (const [what, source, mutants] of CASES) {
  test(`${what}: ${source}`, () => {
    assert.deepEqual(mutantsOf(source), mutants);
  });
}

test("one file holds all its mutants, also in each other, and its code is that of the mutant that is on", async () => {
  const source = `
    export function f(a: number, b?: { c: string }): unknown {
      const all: unknown[] = [];
      switch (a) {
        case 1:
          all.push(b?.c ?? "none");
          break;
        default:
          if (a > 2 && !(a > 5)) all.push(a + 1);
      }
      return all;
    }
    export function results() {
      return [f(1), f(1, { c: "d" }), f(2), f(3), f(6)];
    }`;
  const sites = findMutants("file.ts", source, 1);
  const runtime = `data:text/javascript,export const isOn = (id) => id === globalThis.on`;
  const load = async (code: string, on: number): Promise<unknown> => {
    Object.assign(globalThis, { on });
    try {
      return ((await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { results(): unknown }).results();
    } catch (error) {
      return String(error);
    }
  };
  const all = instrument(source, sites, runtime);
  assert.deepEqual(await load(all, 0), [["none"], ["d"], [], [4], []]);
  for (const { id, start, end, after, before } of sites.flatMap(({ mutants }) => mutants)) {
    const single = instrument(source.slice(0, start) + after + source.slice(end), [], runtime);
    assert.deepEqual(await load(all, id), await load(single, 0), `${before} → ${after}`);
  }
});

test("the changed lines of a diff are those of the newer files", () => {
  const diff = [
    "--- a/src/a.ts",
    "+++ b/src/a.ts",
    "@@ -3 +3,2 @@ f() {",
    "-old",
    "+new",
    "+newer",
    "@@ -9,2 +10,0 @@",
    "--- a/src/b.ts",
    "+++ b/src/b.ts",
    "@@ -1,0 +2 @@",
    "+more",
  ];
  assert.deepEqual(
    [...readDiff(diff.join("\n"))].map(([file, lines]) => [file, ...lines]),
    [
      ["src/a.ts", 3, 4],
      ["src/b.ts", 2],
    ],
  );
});
