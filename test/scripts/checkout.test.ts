import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "../support/deferred.ts";
import { ROOT } from "../support/paths.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Starts a run that prepares a build, and lasts until it is killed. */
function startRun(t: TestContext, folder: string, name: string, isStale: boolean) {
  const built = join(folder, name);
  const script = `
    import { writeFileSync } from "node:fs";
    import { enterCheckout } from "./scripts/tests/checkout.mjs";
    enterCheckout(${JSON.stringify(folder)}, () => ${isStale}, () => writeFileSync(${JSON.stringify(built)}, ""));
    console.log("ready");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: ROOT });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  t.after(() => child.kill("SIGKILL"));
  return { child, output: () => output, hasBuilt: () => existsSync(built) };
}

test("a run whose build is fresh does not wait for others; one that must build waits until they have ended", async (t) => {
  const folder = temporaryFolder(t);
  const first = startRun(t, folder, "first", true);
  await until("the first run is ready", () => first.output() === "ready\n");
  const second = startRun(t, folder, "second", false);
  await until("the second run is ready", () => second.output() === "ready\n");
  const third = startRun(t, folder, "third", true);
  await until("the third run waits", () => /^Waiting for the runs whose build this is/.test(third.output()));
  first.child.kill("SIGKILL");
  await until("the first run has ended", () => first.child.signalCode !== null);
  assert.equal(third.hasBuilt(), false);
  second.child.kill("SIGTERM");
  await until("the third run is ready", () => third.output().endsWith("ready\n"));
  assert.ok(third.hasBuilt());
});

test("a lock of a run that was killed while it built is taken over", async (t) => {
  const folder = temporaryFolder(t);
  const killed = spawn("true");
  await until("it has ended", () => killed.exitCode !== null);
  writeFileSync(join(folder, "lock"), String(killed.pid));
  const next = startRun(t, folder, "next", true);
  await until("the next run is ready", () => next.output().endsWith("ready\n"));
});
