import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { StandardStream } from "../../../src/util/log/standard-stream.ts";
import { until } from "../../support/deferred.ts";
import { MAIN, peerScript } from "../../support/paths.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { needs, PYTHON } from "../../support/tools.ts";

const UNREAD = peerScript("unread.py");
const skip = process.platform === "linux" ? needs("python3") : "standard error as Linux has it";

/** More cameras than lines fit into a pipe of 4 KB: each that is opened writes one. */
const CAMERAS = Array.from({ length: 60 }, (_, index) => `cam${index}=fake#fps=5`);
const SERVER = [MAIN, "--host=127.0.0.1", "--port=0", ...CAMERAS];

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(t: TestContext, command: string, args: readonly string[], stderr: number | "pipe") {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", stderr] });
  t.after(async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    child.stderr?.destroy();
  });
  let output = "";
  (child.stdout as Readable).setEncoding("utf8").on("data", (text: string) => (output += text));
  const url = await until("the server listens", () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return /https?:\/\/\S+(?=\/\s)/.exec(output)?.[0];
  });
  return { child, url };
}

/** Opens every camera, each of which writes a line; fails where the server does not answer. */
async function openCameras({ url }: Running): Promise<void> {
  for (const [index] of CAMERAS.entries()) {
    const response = await fetch(`${url}/cameras/cam${index}/snapshot.jpg?strict`);
    assert.equal(response.status, 200, `cam${index}`);
    await response.arrayBuffer();
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
}

for (const kind of ["pipe", "terminal"]) {
  test(`a ${kind} that nobody reads stops no viewer, and is written to again once somebody does`, {
    skip,
  }, async (t) => {
    const running = await start(t, PYTHON, [UNREAD, kind, process.execPath, ...SERVER], "pipe");
    await openCameras(running);
    let read = "";
    (running.child.stderr as Readable).setEncoding("utf8").on("data", (text: string) => (read += text));
    (running.child.stdin as Writable).write("\n");
    await until("all of it is read", () => CAMERAS.every((_, index) => read.includes(`cam${index}`)));
  });
}

test("a log whose reader is gone stops no viewer", { skip }, async (t) => {
  await openCameras(await start(t, PYTHON, [UNREAD, "closed", process.execPath, ...SERVER], "pipe"));
});

test("a socket that nobody reads stops no viewer, as a journal that hangs", { skip }, async (t) => {
  // Node gives a child a socket for a pipe, and reads none of it while it is paused.
  const running = await start(t, process.execPath, [...SERVER, "--log-level=trace"], "pipe");
  (running.child.stderr as Readable).pause();
  await openCameras(running);
});

test("a log on a full disk stops no viewer", { skip }, async (t) => {
  await openCameras(await start(t, process.execPath, SERVER, openSync("/dev/full", "w")));
});

test("what a pipe does not take is lost and counted, and told of once it is read again", { skip }, async (t) => {
  const path = join(temporaryFolder(t), "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, "w");
  t.after(() => [reader, writer].map((fd) => closeSync(fd)));
  const stream = new StandardStream(writer);
  const told: number[] = [];
  stream.onRecovered = (lost) => told.push(lost);
  for (let count = 0; count < 1000; count++) stream.write(`${"x".repeat(1023)}\n`);
  const { lost } = stream;
  assert.ok(lost > 500 && lost < 1000, `${lost} lost`);
  const buffer = Buffer.alloc(65536);
  let bytes = 0;
  await until("all that was kept is read", () => {
    try {
      bytes += readSync(reader, buffer);
    } catch {
      // Nothing is there yet.
    }
    return bytes === (1000 - lost) * 1024;
  });
  assert.deepEqual(told, [lost]);
  await stream.finish(1000);
});

test("help is written whole to a reader that is slow, and ends where its reader ends", { skip }, () => {
  const command = `"${process.execPath}" "${MAIN}" --help`;
  const whole = execFileSync("sh", ["-c", command], { encoding: "utf8" });
  assert.equal(execFileSync("sh", ["-c", `${command} | (sleep 0.5; cat)`], { encoding: "utf8" }), whole);
  assert.equal(execFileSync("sh", ["-c", `${command} | head -c 10`], { encoding: "utf8" }), whole.slice(0, 10));
});
