import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isMissing, readProgram, runProgram } from "../../../src/util/process/child-process.ts";
import { until } from "../../support/deferred.ts";
import { CHILD, FAKE_FRAMES } from "../../support/paths.ts";
import { allChildrenGone, children, needsProc, processFacts } from "../../support/programs/processes.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs, PYTHON } from "../../support/tools.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const folder = testFolder();
const skip = needs("python3");
const never = new AbortController().signal;

/** Runs child.py; see there for the words. */
const run = (signal: AbortSignal, ...words: string[]) => runProgram(PYTHON, [CHILD, ...words], signal);

/** All that a program writes, and how it ends. */
async function outcome(output: AsyncIterable<Buffer>): Promise<{ bytes: Buffer; failure: Error | undefined }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of output) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), failure: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), failure: error as Error };
  }
}

/** A program that was started and has written something, and how to end it. */
async function running(t: TestContext, ...words: string[]) {
  const controller = new AbortController();
  t.after(() => controller.abort());
  const before = new Set(children().map(({ pid }) => pid));
  const output = run(controller.signal, ...words);
  await output.next();
  const [child] = children().filter(({ pid }) => !before.has(pid));
  assert.ok(child);
  return { output, child, controller };
}

test("what a program writes comes whole, and its ending is a failure even with status 0", { skip }, async () => {
  const { bytes, failure } = await outcome(run(never, "print", FAKE_FRAMES[0] as string, "exit", "0"));
  assert.deepEqual(bytes, readFileSync(FAKE_FRAMES[0] as string));
  assert.match(String(failure?.message), /^\S*python3 ended with status 0$/);
});

test("a failure says the status and the last lines of what the program complained of", { skip }, async () => {
  const lines = ["one", "two", "three", "four", "five", "six"].flatMap((line) => ["say", line]);
  const { failure } = await outcome(run(never, ...lines, "exit", "3"));
  assert.match(String(failure?.message), /^\S*python3 ended with status 3: three: four: five: six$/);
});

test("a last line without an end is kept too, and a long line is cut", { skip }, async () => {
  const { failure } = await outcome(run(never, "say", "x".repeat(5000), "mutter", "no end", "exit", "1"));
  assert.match(String(failure?.message), /ended with status 1: x{300}: no end$/);
});

test("a program killed from outside fails with the signal's name", { skip: skip || needsProc }, async (t) => {
  const { output, child } = await running(t, "print", FAKE_FRAMES[0] as string, "sleep");
  process.kill(child.pid, "SIGKILL");
  assert.match(String((await outcome(output)).failure?.message), /was ended by SIGKILL/);
});

test("a program that is not there is one plain sentence", async () => {
  const { failure } = await outcome(runProgram("no-such-program", [], never));
  assert.equal(failure?.message, "no-such-program is not installed");
  assert.equal(isMissing(failure?.cause), true);
  await assert.rejects(readProgram("no-such-program", []), (error) => isMissing(error));
});

test("a program runs in a process group of its own", { skip: skip || needsProc }, async (t) => {
  const { child } = await running(t, "print", FAKE_FRAMES[0] as string, "sleep");
  assert.equal(child.group, child.pid);
  assert.notEqual(child.group, processFacts(process.pid)?.group);
});

test("an abort ends the program while somebody waits for its output, and leaves no child", {
  skip: skip || needsProc,
}, async (t) => {
  const { output, child, controller } = await running(t, "say", "busy", "print", FAKE_FRAMES[0] as string, "sleep");
  const rest = outcome(output);
  controller.abort();
  assert.equal((await rest).failure, undefined);
  assert.equal(processFacts(child.pid), undefined);
});

test("a program deaf to SIGTERM is told first, then killed after 0.8 s", {
  skip: skip || needsProc,
}, async (t) => {
  const time = virtualTime(t);
  const note = join(folder, "deaf");
  const { output, child, controller } = await running(t, "deaf", note, "print", FAKE_FRAMES[0] as string, "sleep");
  let ended = false;
  const rest = outcome(output).finally(() => (ended = true));
  controller.abort();
  await until("it is told by SIGTERM", () => readIfThere(note) === "SIGTERM\n");
  await time.advance(799);
  assert.equal(ended, false);
  assert.equal(isGone(child.pid), false);
  await time.advance(1);
  await until("it is killed", () => isGone(child.pid));
  await time.until("that is known", () => ended);
  assert.equal((await rest).failure, undefined);
  assert.equal(processFacts(child.pid), undefined);
});

test("a reader that leaves ends the program too, deaf or not", { skip: skip || needsProc }, async (t) => {
  const time = virtualTime(t);
  const { output, child } = await running(t, "deaf", join(folder, "left"), "print", FAKE_FRAMES[0] as string, "sleep");
  let left = false;
  void output.return(undefined).then(() => (left = true));
  await time.until("it is killed", () => left);
  assert.equal(processFacts(child.pid), undefined);
});

test("a helper that the program started ends with it, though the program itself obeys at once", {
  skip: skip || needsProc,
}, async (t) => {
  const time = virtualTime(t);
  const note = join(folder, "helper");
  const { output, child, controller } = await running(t, "helper", note, "print", FAKE_FRAMES[0] as string, "sleep");
  const helper = Number(readFileSync(note, "utf8").split("\n")[0]);
  assert.equal(processFacts(helper)?.group, child.pid);
  let ended = false;
  void outcome(output).then(() => (ended = true));
  controller.abort();
  await until("the program is gone", () => isGone(child.pid));
  assert.equal(isGone(helper), false, "it is deaf to SIGTERM");
  await time.until("it has ended", () => ended);
  assert.ok(time.passedMs >= 800);
  assert.equal(processFacts(child.pid), undefined);
  await until("the helper is gone", () => isGone(helper));
});

test("a helper left behind by a program that died ends as well, and the death is noticed", {
  skip: skip || needsProc,
}, async (t) => {
  const time = virtualTime(t);
  const note = join(folder, "orphan");
  const { output, child } = await running(t, "helper", note, "print", FAKE_FRAMES[0] as string, "sleep");
  const helper = Number(readFileSync(note, "utf8").split("\n")[0]);
  t.after(() => isGone(helper) || process.kill(helper, "SIGKILL"));
  let failure: Error | undefined;
  void outcome(output).then((result) => (failure = result.failure));
  process.kill(child.pid, "SIGKILL");
  await until("the program is gone", () => isGone(child.pid));
  assert.equal(isGone(helper), false, "it is deaf to SIGTERM");
  const { message } = await time.until("the failure is reported", () => failure);
  assert.match(message, /was ended by SIGKILL/);
  await until("the helper is gone", () => isGone(helper));
});

test("a helper that left the group and holds the output open keeps nobody from stopping", {
  skip: skip || needsProc,
}, async (t) => {
  const note = join(folder, "escapee");
  t.after(() => rmSync(note));
  const { output, controller } = await running(t, "escapee", note, "print", FAKE_FRAMES[0] as string, "sleep");
  const rest = outcome(output);
  controller.abort();
  await rest;
});

test("a signal that is aborted already leaves no child", { skip: skip || needsProc }, async () => {
  const { bytes, failure } = await outcome(run(AbortSignal.abort(), "deaf", join(folder, "early"), "sleep"));
  assert.deepEqual([bytes.length, failure], [0, undefined]);
  await allChildrenGone();
});

test("reading a program to its end gives its output, and refuses a status other than 0", { skip }, async () => {
  assert.equal(await readProgram(PYTHON, [CHILD, "print", CHILD]), readFileSync(CHILD, "utf8"));
  await assert.rejects(readProgram(PYTHON, [CHILD, "exit", "4"]), /ended with status 4/);
});

test("what a program complains of can be read in its place, whatever its status", { skip }, async () => {
  const words = ["print", CHILD, "say", "one", "say", "two", "exit", "1"];
  assert.equal(
    await readProgram(PYTHON, [CHILD, ...words], { output: "stderr", anyStatus: true }),
    ["one", "two", ""].join("\n"),
  );
  await assert.rejects(readProgram(PYTHON, [CHILD, ...words], { output: "stderr" }), /ended with status 1/);
});

test("a program that is read for too long is killed, deaf or not, and that is said", {
  skip: skip || needsProc,
}, async (t) => {
  const time = virtualTime(t);
  const note = join(folder, "long");
  const words = ["deaf", join(folder, "late"), "note", note, "sleep"];
  const reading = readProgram(PYTHON, [CHILD, ...words], { timeoutMs: 5000 });
  reading.catch(() => {});
  await until("it runs", () => readIfThere(note));
  await time.advance(4999);
  assert.equal(children().length, 1);
  await time.advance(1);
  await assert.rejects(reading, /^Error: \S*python3 took longer than 5 s$/);
  await until("no child is left", () => children().length === 0);
});

test("an abort ends a program that is being read, deaf or not", { skip: skip || needsProc }, async () => {
  const note = join(folder, "read");
  const controller = new AbortController();
  const words = ["deaf", join(folder, "unheard"), "note", note, "sleep"];
  const reading = readProgram(PYTHON, [CHILD, ...words], { signal: controller.signal });
  reading.catch(() => {});
  await until("it runs", () => readIfThere(note));
  controller.abort();
  await assert.rejects(reading, { name: "AbortError" });
  await until("no child is left", () => children().length === 0);
});

/** True also for a dead process that its parent, which is not us, has not reaped. */
function isGone(pid: number): boolean {
  const facts = processFacts(pid);
  return facts === undefined || facts.state === "Z";
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
