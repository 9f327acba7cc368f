import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { until } from "../support/deferred.ts";
import { ROOT } from "../support/paths.ts";

test("npm start serves, and stopping npm stops the server", { skip: process.platform === "win32" }, async (t) => {
  const npm = spawn("npm", ["start", "--", "--host", "127.0.0.1", "--port", "0"], { cwd: ROOT });
  let output = "";
  npm.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  t.after(() => npm.kill("SIGKILL"));
  const url = await until("it listens", () => /http:\/\/\S+/.exec(output)?.[0], 60_000);
  const answers = () =>
    fetch(`${url}healthz`).then(
      () => true,
      () => false,
    );
  assert.equal(await answers(), true);
  npm.kill("SIGTERM");
  await until("nothing listens any more", async () => !(await answers()));
});
