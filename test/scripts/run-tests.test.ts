import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Runs test files as `npm test` does. Each body finds `run`, the number of runs before it. */
async function runFiles(t: TestContext, bodies: Record<string, string>) {
  const folder = temporaryFolder(t);
  const helper = join(folder, "helper.mjs");
  writeFileSync(helper, 'import { test } from "node:test"; export const define = (name, run) => test(name, run);');
  const files = Object.entries(bodies).map(([name, body]) => {
    const file = join(folder, `${name}.test.ts`);
    const count = JSON.stringify(join(folder, `${name}.count`));
    writeFileSync(
      file,
      `import assert from "node:assert/strict";
      import { appendFileSync, existsSync, readFileSync } from "node:fs";
      import { test } from "node:test";
      const run = existsSync(${count}) ? readFileSync(${count}).length : 0;
      appendFileSync(${count}, ".");
      import { define } from ${JSON.stringify(helper)};
      const isOfAHelper = ${name.startsWith("helped")};
      (isOfAHelper ? define : test)("${name}", () => { ${body} });`,
    );
    return file;
  });
  const script = `import { conclude, runEach } from "./scripts/run-tests.mjs";
    process.exit(await conclude([runEach(${JSON.stringify(files)}, 2)]));`;
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: root, env });
  const [said, status] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  return { said, status };
}

test("a file that fails once is run again by itself, and named if it then passes", async (t) => {
  const { said, status } = await runFiles(t, { steady: "assert.equal(run, 0);", shaky: "assert.equal(run, 1);" });
  assert.equal(status, 0, said);
  assert.match(said, /Passed only the second time:\n {2}\S+shaky\.test\.ts\n/);
});

test("a file whose tests a helper defines is run again too", async (t) => {
  const { said, status } = await runFiles(t, { helped: "assert.equal(run, 1);", helpedToo: "assert.equal(run, 0);" });
  assert.equal(status, 0, said);
  assert.match(said, /Passed only the second time:\n {2}\S+helped\.test\.ts\n/);
});

test("a file whose tests a helper defines fails if it fails twice, or if its tests cannot be assigned to it", async (t) => {
  const twice = await runFiles(t, { helped: "assert.fail();" });
  assert.equal(twice.status, 1, twice.said);
  const nameless = await runFiles(t, { helped: 'if (run === 0) throw "nothing that has a stack";' });
  assert.equal(nameless.status, 1, nameless.said);
  assert.doesNotMatch(nameless.said, /running each again/);
});

test("a file that fails twice fails", async (t) => {
  const { said, status } = await runFiles(t, { steady: "assert.equal(run, 0);", broken: "assert.fail();" });
  assert.equal(status, 1, said);
  assert.doesNotMatch(said, /Passed only/);
});

test("if many files fail, none is run again", async (t) => {
  const bodies = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`broken${index}`, "assert.equal(run, 1);"]),
  );
  const { said, status } = await runFiles(t, bodies);
  assert.equal(status, 1, said);
  assert.doesNotMatch(said, /running each again/);
});
