import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { type Hanging, hangingDisk, NEEDS_HANGING } from "../support/programs/hanging-disk.ts";
import { type Program, runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { testFolder } from "../support/temporary-folder.ts";

const skip = NEEDS_HANGING;
const folder = testFolder();

/** More than libuv's pool has threads. */
const MANY = Array.from({ length: 6 }, (_, index) => index);

async function report({ url }: Program, camera: string): Promise<CameraReport> {
  return (await (await fetch(`${url}/api/cameras/${camera}`)).json()) as CameraReport;
}

/** Waits until cameras retry after an error like this; returns their errors. */
async function errorsOf(program: Program, cameras: readonly string[], pattern: RegExp): Promise<string[]> {
  const errorOf = (camera: string) =>
    until(`${camera} reports ${pattern}`, async () => {
      const { state, lastError } = await report(program, camera);
      return state === "retrying" && pattern.test(lastError?.message ?? "") ? lastError?.message : undefined;
    });
  return await Promise.all(cameras.map(errorOf));
}

/**
 * Requests what needs a thread of the pool: a static file, an encode. Checks whether the pool has
 * one.
 */
async function assertWorks({ url }: Program): Promise<void> {
  for (const path of ["/public/embed.js", "/cameras/ok/snapshot.jpg?width=32&strict"]) {
    const response = await fetch(`${url}${path}`);
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }
  assert.doesNotMatch(await (await fetch(`${url}/healthz`)).text(), /hang/);
}

/** Images on a hanging disk, of which cameras are made. */
function imagesOn(disk: Hanging): string[] {
  return MANY.map((index) => {
    const path = join(disk.folder, `${index}.jpg`);
    writeFileSync(path, tinyJpeg({ label: String(index) }));
    return path;
  });
}

/** Makes a process block all threads of its pool at SIGUSR2. */
function hangsItself(pipe: string): Record<string, string> {
  const code = `import { open } from "node:fs";
    process.on("SIGUSR2", () => { for (let count = 0; count < 8; count++) open(${JSON.stringify(pipe)}, () => {}); });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

// They wait for limits of 5 and 10 s of other processes.
test("what hangs", { concurrency: true, skip }, async (t) => {
  await Promise.all([
    t.test("files, names and settings that hang stop nothing else, and are back once they answer", filesHang),
    t.test("a process whose threads all hang reports it at /healthz, and still ends", threadsHang),
    t.test("settings on a disk that hangs are reported, with status 1", settingsHang),
  ]);
});

async function filesHang(t: TestContext): Promise<void> {
  const disk = hangingDisk(t);
  const [good, pipe] = [join(folder, "good.jpg"), join(folder, "pipe.jpg")];
  writeFileSync(good, tinyJpeg({ label: "good" }));
  execFileSync("mkfifo", [pipe]);
  const images = imagesOn(disk);
  const config = join(disk.folder, "stillstream.yaml");
  const named = (name: string, addresses: readonly string[]) =>
    addresses.map((address, index) => [`${name}${index}`, `${address}#always=true`]);
  const cameras = Object.fromEntries([
    ["ok", "fake#fps=5#always=true"],
    ["good", `picture:${good}#always=true`],
    ...named(
      "file",
      images.map((path) => `picture:${path}`),
    ),
    ...named(
      "host",
      MANY.map((index) => `http://hanging-host-${index}.lan/stream`),
    ),
    ...named(
      "pipe",
      MANY.map(() => `picture:${pipe}`),
    ),
  ]);
  writeFileSync(config, JSON.stringify({ cameras }));
  const namesOf = (name: string) => MANY.map((index) => `${name}${index}`);
  const program = await startProgram(t, ["--config", config], { env: disk.env });
  // Those that are well have been opened before the disk hangs.
  await until("all but the hosts are there", async () => (await report(program, "file5")).frames > 0);
  disk.begin();
  for (const path of images) writeFileSync(path, tinyJpeg({ label: "new" }));
  for (const _ of MANY) program.process.kill("SIGHUP");
  const late = await errorsOf(program, namesOf("file"), /: its disk or file server has not answered for \d+ s$/);
  for (const [index, error] of late.entries()) assert.ok(error.startsWith(`Cannot read ${images[index]}`), error);
  await errorsOf(program, namesOf("host"), /its name cannot be looked up: no name server answers \(ETIMEOUT\)/);
  await errorsOf(program, namesOf("pipe"), /^Cannot read .*pipe\.jpg: it is a named pipe, not a file$/);
  assert.equal((await report(program, "good")).state, "live");
  await assertWorks(program);
  await until("the log reports the settings", () =>
    /Reload of \S+ failed, and nothing changed: Reading .* takes longer than 10 s/.test(program.errors()),
  );
  await assertWorks(program);
  disk.end();
  for (const camera of namesOf("file")) {
    await until("it is live again", async () => (await report(program, camera)).state === "live", 60_000);
  }
}

async function threadsHang(t: TestContext): Promise<void> {
  const disk = hangingDisk(t);
  const images = imagesOn(disk);
  const pipe = join(folder, "nobody-writes");
  execFileSync("mkfifo", [pipe]);
  disk.begin();
  const cameras = images.map((path, index) => `c${index}=picture:${path}#always=true`);
  const program = await startProgram(t, cameras, { env: { ...disk.env, ...hangsItself(pipe) } });
  program.process.kill("SIGUSR2");
  const response = await until("it is unhealthy", async () => {
    const answer = await fetch(`${program.url}/healthz`);
    const text = await answer.text();
    return text.includes("hang") ? { status: answer.status, body: JSON.parse(text) } : undefined;
  });
  assert.deepEqual(response, {
    status: 503,
    body: {
      status: "failing",
      reason: "Files and name lookups hang: no thread of this process was free for 5 s",
    },
  });
  const exited = once(program.process, "exit");
  program.process.kill("SIGTERM");
  assert.deepEqual((await exited)[0], 0);
}

async function settingsHang(t: TestContext): Promise<void> {
  const disk = hangingDisk(t);
  const file = join(disk.folder, "stillstream.yaml");
  writeFileSync(file, "port: 0\n");
  disk.begin();
  const { status, stderr } = await runProgramToEnd(["--config", file], { env: disk.env });
  assert.equal(status, 1, stderr);
  assert.equal(stderr, `stillstream: Reading ${file} takes longer than 10 s\n`);
}

test("a second signal ends the process at once, with programs that do not stop", { skip }, async (t) => {
  const programs = join(folder, "programs");
  const pidFile = join(folder, "pid");
  mkdirSync(programs);
  const script = `#!/bin/sh\ncase "$*" in *-version* | *-h*long*) exit 0 ;; esac\ntrap '' TERM\necho $$ > ${pidFile}\nwhile :; do sleep 1; done\n`;
  writeFileSync(join(programs, "ffmpeg"), script, { mode: 0o755 });
  const env = { PATH: `${programs}:${process.env["PATH"]}` };
  const { process: child } = await startProgram(t, ["c=ffmpeg:rtsp://127.0.0.1:9/x#fps=5#always=true"], { env });
  const pid = await until("the program runs", () => (existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0));
  const exited = once(child, "exit") as Promise<[number | null]>;
  child.kill("SIGTERM");
  child.kill("SIGINT");
  assert.deepEqual((await exited)[0], 1);
  await until("the program is gone", () => !isRunning(pid));
});

function isRunning(pid: number): boolean {
  try {
    // A process that nothing reaps is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
