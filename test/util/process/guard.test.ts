import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "../../support/deferred.ts";
import { allChildrenOf, childrenOf, needsProc, processFacts } from "../../support/programs/processes.ts";
import { startProgram } from "../../support/programs/program.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";

const folder = testFolder();
const RUN = fileURLToPath(new URL("../../support/programs/run-program.js", import.meta.url));

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

const isGone = (pid: number) => (processFacts(pid)?.state ?? "Z") === "Z";

/** Waits until the processes are gone, and ends them if they stay. */
async function allGone(t: TestContext, pids: readonly number[]): Promise<void> {
  t.after(() => {
    for (const pid of pids.filter((pid) => !isGone(pid))) process.kill(pid, "SIGKILL");
  });
  await until("they are gone", () => pids.every(isGone));
}

test("an ffmpeg that waits for its input ends when the server is killed", {
  skip: needs("ffmpeg") || needsProc,
}, async (t) => {
  const { process: server, url } = await startProgram(t, [
    "silent=ffmpeg:udp://127.0.0.1:26789#always=true#fps=5",
    "test=ffmpeg:testsrc#format=lavfi#fps=5#always=true",
  ]);
  const runs =
    (input: string) =>
    ({ pid }: { pid: number }) =>
      commandLineOf(pid).includes(input);
  const pids = await until("both run", () => {
    const programs = childrenOf(server.pid as number);
    const found = ["udp:", "testsrc"].flatMap((input) => programs.find(runs(input)) ?? []);
    return found.length === 2 ? found.map(({ pid }) => pid) : undefined;
  });
  // A program is there before the call that starts it returns; an answer comes from a later turn.
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  server.kill("SIGKILL");
  await allGone(t, pids);
});

test("a program that is deaf to SIGTERM, and what it started, end when the server is killed", {
  skip: needs("python3") || needsProc,
}, async (t) => {
  const [deaf, helper] = [join(folder, "deaf"), join(folder, "helper")];
  const args = [RUN, "deaf", deaf, "helper", helper, "sleep"];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  t.after(() => server.kill("SIGKILL"));
  const started = await until("its helper runs", () =>
    existsSync(helper) ? Number(readFileSync(helper, "utf8")) : undefined,
  );
  const programs = childrenOf(server.pid as number).map(({ pid }) => pid);
  assert.ok(programs.length > 0);
  server.kill("SIGKILL");
  await allGone(t, [...programs, started]);
});

test("a server that runs no program has no process beside it", { skip: needs("ffmpeg") || needsProc }, async (t) => {
  const args = ["test=ffmpeg:testsrc#format=lavfi#fps=5#linger=0s", "still=fake"];
  const { process: server, url } = await startProgram(t, args);
  const besides = () => allChildrenOf(server.pid as number);
  await until("what looked for ffmpeg is gone", () => besides().length === 0);
  assert.equal((await fetch(`${url}/cameras/test/snapshot.jpg`)).status, 200);
  await until("the camera's program is gone", () => besides().length === 0);
});
