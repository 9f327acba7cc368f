import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { until } from "../support/deferred.ts";
import { ROOT } from "../support/paths.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/* The runner runs throwaway files in processes of its own. */

const HEAD = `
  import assert from "node:assert/strict";
  import { spawn } from "node:child_process";
  import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
  import { tmpdir } from "node:os";
  import { join } from "node:path";
  import { describe, test } from "node:test";
  import { define } from "./helper.mjs";
  const never = () => new Promise(() => { setInterval(() => {}, 1000); });
`;

interface Options {
  readonly only?: string;
  readonly maxSilenceMs?: number;
  readonly maxEndMs?: number;
  readonly isAgain?: boolean;
}

/** Starts a run of test files. All files of a group share a process. */
function startRun(t: TestContext, groups: readonly Readonly<Record<string, string>>[], options: Options = {}) {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, "helper.mjs"),
    'import { test } from "node:test"; export const define = (...args) => test(...args);',
  );
  const list = groups.map((bodies) =>
    Object.entries(bodies).map(([name, body]) => {
      const file = join(folder, `${name}.mjs`);
      writeFileSync(file, HEAD + body);
      return file;
    }),
  );
  const junitFile = join(folder, "junit.xml");
  const script = `import { runGroups } from "./scripts/tests/run-groups.mjs";
    process.exit(await runGroups(${JSON.stringify(list)}, ${JSON.stringify({ ...options, junitFile })}));`;
  const temporary = temporaryFolder(t);
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: ROOT,
    env: { ...env, TMPDIR: temporary },
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]).then(([output, errors, status]) => ({
    status,
    output: (output + errors).replaceAll(`${folder}/`, ""),
    junit: existsSync(junitFile) ? readFileSync(junitFile, "utf8").replaceAll(`${folder}/`, "") : "",
    left: readdirSync(temporary),
  }));
  return { child, folder, ended };
}

/** Runs test files to the end. */
async function run(t: TestContext, groups: readonly Readonly<Record<string, string>>[], options?: Options) {
  const ran = await startRun(t, groups, options).ended;
  return { ...ran, failed: section(ran.output, "Failed"), last: ran.output.trimEnd().split("\n").at(-1) };
}

/** Returns false for a process that has ended, though its parent may not have noticed. */
function isRunning(pid = ""): boolean {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) && readFileSync(path, "utf8") !== "";
}

/** Returns the lines below a title at the end of the output. */
function section(output: string, title: string): string[] {
  const [, lines = ""] = new RegExp(`^${title}:\n((?: {2}.*\n)+)`, "m").exec(output) ?? [];
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

test("a run of tests that pass has status 0, lists skipped tests with their reasons, the slowest, and the numbers", async (t) => {
  const many = Array.from({ length: 12 }, (_, index) => `test("quick ${index}", () => {});`).join("\n");
  const { status, output, last, left } = await run(t, [
    { plain: many },
    {
      skipping: `
        test("needs a camera", { skip: "no camera here" }, () => {});
        test("skips itself", (t) => t.skip("not on a Monday"));
        describe("a suite", { skip: "no suite today" }, () => { test("in it", () => {}); });
        test("outer", async (t) => { await t.test("inner", () => new Promise((resolve) => setTimeout(resolve, 30))); });`,
    },
  ]);
  assert.equal(status, 0, output);
  assert.deepEqual(section(output, "Skipped"), [
    "skipping.mjs: needs a camera: no camera here",
    "skipping.mjs: skips itself: not on a Monday",
    "skipping.mjs: a suite: no suite today",
  ]);
  const slowest = section(output, "Slowest");
  assert.equal(slowest.length, 10);
  assert.match(slowest[0] ?? "", /^0\.\d s {2}skipping\.mjs: outer/);
  assert.match(output, /^✔ plain\.mjs: 12 tests, 0\.\d s$/m);
  assert.match(output, /^Total: \d+ s$/m);
  assert.equal(last, "14 passed, 0 failed, 3 skipped");
  assert.deepEqual(left, [], "its temporary files are gone");
});

test("failures are named by file and test, although a helper defines the test, with error, notes and output", async (t) => {
  const { status, output, failed, last } = await run(t, [
    {
      first: 'define("passes", () => {});',
      second: `define("breaks", (t) => {
        t.diagnostic("seed 7");
        console.log("printed by the test");
        assert.equal(1, 2);
      });`,
      third: `describe("a suite that breaks", () => { throw new Error("in the suite"); });
        describe("a suite", () => { test("with a test that breaks", () => assert.fail("deep")); });
        test("outer", async (t) => { await t.test("inner", () => assert.fail("inside")); });`,
    },
  ]);
  assert.equal(status, 1, output);
  assert.deepEqual(failed, [
    "second.mjs: breaks",
    "third.mjs: a suite that breaks",
    "third.mjs: a suite › with a test that breaks",
    "third.mjs: outer › inner",
  ]);
  assert.match(output, /^✖ second\.mjs: breaks\n {2}AssertionError.*1 !== 2/ms);
  assert.match(output, /^ {2}seed 7$/m);
  assert.match(output, /printed by the test/);
  assert.equal(last, "1 passed, 4 failed, 0 skipped");
});

test("a file without tests fails, and one that cannot be loaded fails with its error; those beside them are run", async (t) => {
  const { status, output, failed, last } = await run(t, [
    {
      empty: "",
      missing: 'import "./not-there.mjs";',
      throwing: 'test("before the error", () => {}); throw new Error("thrown on import");',
      good: 'test("is run", () => {});',
    },
  ]);
  assert.equal(status, 1, output);
  assert.deepEqual(failed, ["missing.mjs: it loads", "throwing.mjs: it loads", "empty.mjs: it has tests"]);
  assert.match(output, /thrown on import/);
  assert.match(output, /Cannot find module.*not-there\.mjs/);
  assert.equal(last, "2 passed, 3 failed, 0 skipped");
});

test("a process that ends in the middle names the test, and another process runs the files after it", async (t) => {
  const bodies = {
    "a-good": 'test("passes", () => {});',
    "b-exits": 'test("exits", () => process.exit(0)); test("after it", () => {});',
    "c-killed": 'test("is killed", async () => { process.kill(process.pid, "SIGKILL"); await never(); });',
    "d-good": 'test("passes too", () => {});',
    "e-exits-on-import": "process.exit(3);",
    "f-good": 'test("passes at the end", () => {});',
  };
  const { status, output, failed, last } = await run(t, [bodies]);
  assert.equal(status, 1, output);
  assert.deepEqual(failed, ["e-exits-on-import.mjs: it loads", "b-exits.mjs: exits", "c-killed.mjs: is killed"]);
  for (const how of ["status 3", "status 0", "SIGKILL"])
    assert.match(output, new RegExp(`The process ended with ${how}\\.`));
  assert.equal(last, "3 passed, 3 failed, 0 skipped");
});

test("what fails outside of the tests fails the run: later errors, statuses, warnings of listeners", async (t) => {
  const { output, failed, status } = await run(t, [
    {
      late: 'test("passes", () => { setTimeout(() => { throw new Error("too late"); }, 10); }); test("next", () => new Promise((resolve) => setTimeout(resolve, 100)));',
    },
    { rejecting: 'test("passes", () => { void Promise.reject(new Error("left alone")); });' },
    { exiting: 'test("passes", () => { process.exitCode = 5; });' },
    {
      listening: `test("passes", async () => {
        const target = new (await import("node:events")).EventEmitter();
        for (let index = 0; index < 20; index++) target.on("x", () => {});
        await new Promise((resolve) => setTimeout(resolve, 10));
      });`,
    },
  ]);
  assert.equal(status, 1, output);
  assert.deepEqual(
    [...new Set(failed.map((line) => line.split(":")[0]))].sort(),
    ["exiting.mjs", "late.mjs", "listening.mjs", "rejecting.mjs"],
    output,
  );
  for (const text of ["too late", "left alone", "status 5", "MaxListenersExceededWarning"])
    assert.match(output, new RegExp(text));
});

test("tests that hang are ended and named, and those of the files after them are run", async (t) => {
  const { output, failed, status, last } = await run(
    t,
    [
      {
        waits: 'test("waits", never);',
        blocks: 'test("blocks", () => { for (;;); });',
        starved: 'test("starved", () => new Promise(() => {})); test("never begins", () => {});',
        good: 'test("passes", () => {});',
      },
      { open: 'test("passes and leaves a timer", () => { setInterval(() => {}, 1000); });' },
      { stuck: 'test("never begins", () => {}); await never();' },
    ],
    { maxSilenceMs: 3000 },
  );
  assert.equal(status, 1, output);
  assert.deepEqual(
    failed.toSorted(),
    [
      "blocks.mjs: blocks",
      "open.mjs: its process ends",
      "starved.mjs: starved",
      "stuck.mjs: it loads",
      "waits.mjs: waits",
    ],
    output,
  );
  assert.match(output, /No test began or ended for 3 s, so the process was killed\./);
  assert.match(output, /^ {2}Open: .*Timeout/m);
  assert.equal(last, "2 passed, 5 failed, 0 skipped");
});

test("a process that a test leaves behind is ended, and fails the file", {
  skip: process.platform !== "linux" && "found by /proc",
}, async (t) => {
  const { output, failed, status } = await run(
    t,
    [{ leaving: 'test("leaves", () => { spawn("sleep", ["1000"], { detached: true, stdio: "inherit" }).unref(); });' }],
    { maxEndMs: 500 },
  );
  assert.equal(status, 1, output);
  assert.deepEqual(failed, ["leaving.mjs: it ends what it starts"]);
  assert.match(output, /Still there: sleep 1000 \(\d+\)/);
  const [, pid] = /sleep 1000 \((\d+)\)/.exec(output) ?? [];
  assert.equal(isRunning(pid), false);
});

test("with a pattern, the tests whose names match are run, and nothing else is counted; if none does the run fails", async (t) => {
  const bodies = {
    one: 'test("opens a camera", () => {}); test("opens/closes", () => {}); test("breaks", () => assert.fail());',
    two: 'test("nothing of this", () => assert.fail());',
  };
  const some = await run(t, [bodies], { only: "opens (a|the) camera|opens/" });
  assert.equal(some.status, 0, some.output);
  assert.equal(some.last, "2 passed, 0 failed, 0 skipped");
  const none = await run(t, [bodies], { only: "no such name" });
  assert.equal(none.status, 1, none.output);
  assert.equal(none.last, "0 passed, 0 failed, 0 skipped");
});

test("the JUnit file has every test, and is well-formed for any name", {
  skip: process.platform === "win32",
}, async (t) => {
  const name = "quotes \" ' & <tag> ]]> control \\u0000\\u001b\\u000b newline \\n tab \\t emoji 📷 lone \\ud83d end";
  const { junit, output } = await run(t, [
    {
      odd: `test(${JSON.stringify(name).replaceAll("\\\\", "\\")}, () => assert.fail("\\u0001 <why> ]]> 📷"));
        test("skipped", { skip: "because \\"of\\" <it>" }, () => {});
        test("passes", () => {});`,
    },
  ]);
  assert.match(
    junit,
    /^<\?xml version="1\.0" encoding="utf-8"\?>\n<testsuites tests="3" failures="1" skipped="1" time="[\d.]+">/,
    output,
  );
  assert.match(junit, /<testsuite name="odd\.mjs" tests="3" failures="1" skipped="1" /);
  const python = `import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([[one.get("classname"), one.get("name"), [child.tag for child in one]] for one in root.iter("testcase")]))`;
  const parser = spawn("python3", ["-c", python]);
  parser.stdin.end(junit);
  assert.deepEqual(JSON.parse(await text(parser.stdout)), [
    [
      "odd.mjs",
      "quotes \" ' & <tag> ]]> control \ufffd\ufffd\ufffd newline \n tab \t emoji 📷 lone \ufffd end",
      ["failure"],
    ],
    ["odd.mjs", "skipped", ["skipped"]],
    ["odd.mjs", "passes", []],
  ]);
});

test("a run that is interrupted ends all processes, those of the tests too, and removes their files", {
  skip: process.platform !== "linux" && "found by /proc",
}, async (t) => {
  const note = join(temporaryFolder(t), "pids");
  const { child, ended } = startRun(t, [
    {
      running: `test("runs", async () => {
        mkdtempSync(join(tmpdir(), "left-"));
        const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
        writeFileSync(${JSON.stringify(note)}, process.pid + " " + child.pid);
        await never();
      });`,
    },
  ]);
  const pids = await until("the test runs", () => (existsSync(note) ? readFileSync(note, "utf8") : ""));
  // As a terminal and `npm run verify` do, which both pass it on.
  const again = setInterval(() => child.kill("SIGINT"), 1);
  t.after(() => clearInterval(again));
  const { status, output, left } = await ended;
  assert.equal(status, 130, output);
  assert.match(output, /Interrupted by SIGINT\n$/);
  for (const pid of pids.split(" ")) assert.equal(isRunning(pid), false, `process ${pid} is still there`);
  assert.deepEqual(left, []);
});

test("files that fail are run once more if that is asked for, and named if they pass only then", async (t) => {
  const once = `const mark = new URL("once", import.meta.url);
    test("shaky", () => { const has = existsSync(mark); writeFileSync(mark, ""); assert.ok(has); });`;
  const groups = [{ shaky: once, steady: 'test("steady", () => {});' }];
  const first = await startRun(t, groups).ended;
  assert.equal(first.status, 1, first.output);
  const second = await startRun(t, groups, { isAgain: true }).ended;
  assert.equal(second.status, 0, second.output);
  assert.match(
    second.output,
    /Passed only the second time:\n {2}\S*shaky\.mjs\n[\s\S]*\n2 passed, 0 failed, 0 skipped\n$/,
  );
  const broken = await startRun(t, [{ broken: 'test("broken", () => assert.fail());' }], { isAgain: true }).ended;
  assert.equal(broken.status, 1, broken.output);
});
