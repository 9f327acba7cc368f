import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { until } from "../support/deferred.ts";
import { MAIN, peerScript } from "../support/paths.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs, PYTHON } from "../support/tools.ts";

const MANAGER = peerScript("service_manager.py");

interface Said {
  readonly port?: number;
  readonly pid?: number;
  readonly message?: string;
  readonly status?: number;
}

/** The built program, started by a service manager written in Python. */
function startManaged(t: TestContext, mode: "notify" | "activate", args: string[]) {
  const manager = spawn(PYTHON, [
    MANAGER,
    mode,
    temporaryFolder(t),
    process.execPath,
    MAIN,
    "--host",
    "127.0.0.1",
    ...args,
  ]);
  let text = "";
  let errors = "";
  manager.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  manager.stderr.setEncoding("utf8").on("data", (more: string) => (errors += more));
  const said = () => {
    const lines = text.split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as Said);
  };
  const messages = () => said().flatMap(({ message }) => message ?? []);
  const stop = async () => {
    if (manager.exitCode !== null) return;
    const closed = once(manager, "close");
    manager.kill("SIGTERM");
    await closed;
  };
  t.after(stop);
  return { said, messages, stop, errors: () => errors };
}

const skip = needs("python3");

test("the manager is told when it listens, that it is well, how the cameras are, and when it stops", {
  skip,
}, async (t) => {
  const { said, messages, stop } = startManaged(t, "notify", ["--port", "0", "door=fake#always=true"]);
  await until("it is ready", () => messages().some((message) => message.startsWith("READY=1\nSTATUS=door ")));
  await until(
    "the watchdog is fed",
    () => messages().filter((message) => message.startsWith("WATCHDOG=1")).length >= 3,
  );
  assert.ok(messages().includes("WATCHDOG=1\nSTATUS=door live"));
  await stop();
  assert.equal(messages().at(-1), "STOPPING=1\nSTATUS=Stopping");
  assert.equal(said().at(-1)?.status, 0);
});

test("a camera that is gone leaves the watchdog fed; a process that stands still does not feed it", {
  skip,
}, async (t) => {
  const { said, messages } = startManaged(t, "notify", ["--port", "0", "http://127.0.0.1:9/#always=true"]);
  const fed = () => messages().filter((message) => message.startsWith("WATCHDOG=1")).length;
  await until("it is fed", () => fed() >= 2 && messages().some((message) => message.includes("retrying")));
  const pid = said()[0]?.pid as number;
  process.kill(pid, "SIGSTOP");
  const before = await until("no more comes", async () => {
    const count = fed();
    await new Promise((resolve) => setTimeout(resolve, 600));
    return fed() === count ? count : undefined;
  });
  process.kill(pid, "SIGCONT");
  await until("it is fed again", () => fed() > before);
});

test("it serves on the socket that it is handed, also what came before it ran", { skip }, async (t) => {
  const { said, messages, errors } = startManaged(t, "activate", ["--port", "1", "fake"]);
  const port = await until(`it has a port: ${errors()}`, () => said()[0]?.port);
  // The system has the connection until the program takes it.
  assert.deepEqual(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json(), { status: "ok" });
  await until("it is ready", () => messages().some((message) => message.startsWith("READY=1")));
});
