import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { hangingDisk, NEEDS_HANGING } from "../support/programs/hanging-disk.ts";
import { type Program, runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { testFolder } from "../support/temporary-folder.ts";

const skip = NEEDS_HANGING;
const disk = hangingDisk();
const folder = testFolder();

/** More than libuv's pool has threads. */
const MANY = 6;

/** The time limit of a stop, and what starting a process may add on a busy machine. */
const STOP_WITHIN_MS = 2500 + 500;

function start(t: TestContext, cameras: readonly string[], env: Record<string, string> = {}): Promise<Program> {
  t.after(() => disk.end());
  const state = join(folder, "state");
  return startProgram(t, ["--state-dir", state, "ok=fake#fps=5#always=true", ...cameras], {
    env: { ...disk.env, ...env },
  });
}

async function status(
  { url }: Program,
  camera: string,
): Promise<{ state: string; lastError: { message: string } | null }> {
  return (await (await fetch(`${url}/api/cameras/${camera}`)).json()) as never;
}

/**
 * Requests what needs a thread of the pool: a static file, an encode. Checks whether the pool has
 * one.
 */
async function assertWorks({ url }: Program): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  for (const path of ["/public/embed.js", "/cameras/ok/snapshot.jpg?width=32&strict"]) {
    const response = await fetch(`${url}${path}`, { signal });
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }
  assert.doesNotMatch(await (await fetch(`${url}/healthz`, { signal })).text(), /hang/);
}

/** Sends SIGTERM; returns the status, and asserts that the program ends in time. */
async function stop({ process: child }: Program): Promise<number | null> {
  const exited = once(child, "exit");
  const startedAt = performance.now();
  child.kill("SIGTERM");
  const [code] = (await exited) as [number | null];
  const took = performance.now() - startedAt;
  assert.ok(took < STOP_WITHIN_MS, `it took ${Math.round(took)} ms`);
  return code;
}

/** Images on the hanging disk, and cameras that show them. */
function onHangingDisk(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    writeFileSync(join(disk.folder, `${index}.jpg`), tinyJpeg({ label: String(index) }));
    return `c${index}=picture:${join(disk.folder, `${index}.jpg`)}#always=true`;
  });
}

test("files on a disk that hangs stop nothing else: their cameras report it, and are live again once it answers", {
  skip,
}, async (t) => {
  const good = join(folder, "good.jpg");
  writeFileSync(good, tinyJpeg({ label: "good" }));
  disk.begin();
  const program = await start(t, [...onHangingDisk(MANY), `good=picture:${good}#always=true`]);
  for (let index = 0; index < MANY; index++) {
    const { lastError } = await until("the camera reports it", async () => {
      const now = await status(program, `c${index}`);
      return now.state === "retrying" && now.lastError?.message.includes("has not answered") ? now : undefined;
    });
    const path = join(disk.folder, `${index}.jpg`);
    assert.match(lastError?.message ?? "", /: its disk or file server has not answered for \d+ s$/);
    assert.ok(lastError?.message.startsWith(`Cannot read ${path}`), lastError?.message);
  }
  await until("the camera of the good file is live", async () => (await status(program, "good")).state === "live");
  await assertWorks(program);
  disk.end();
  for (let index = 0; index < MANY; index++) {
    await until("it is live again", async () => (await status(program, `c${index}`)).state === "live", 40_000);
  }
});

test("a stop ends the process in 2.5 s, also while files hang", { skip }, async (t) => {
  disk.begin();
  const program = await start(t, onHangingDisk(MANY));
  await until("they hang", async () => (await status(program, "c0")).lastError !== null);
  assert.equal(await stop(program), 0);
});

test("names that no server answers stop nothing else, and their cameras report it", { skip }, async (t) => {
  disk.begin();
  const cameras = Array.from(
    { length: MANY },
    (_, index) => `c${index}=http://hanging-host-${index}.lan/stream#always=true`,
  );
  const program = await start(t, cameras);
  for (let index = 0; index < MANY; index++) {
    const { lastError } = await until("the cameras report it", async () => {
      const now = await status(program, `c${index}`);
      return now.state === "retrying" && now.lastError !== null ? now : undefined;
    });
    assert.match(lastError?.message ?? "", /its name cannot be looked up: no name server answers \(ETIMEOUT\)/);
  }
  await assertWorks(program);
  assert.equal(await stop(program), 0);
});

test("a named pipe is refused as an image file without a wait", { skip }, async (t) => {
  const pipe = join(folder, "pipe.jpg");
  execFileSync("mkfifo", [pipe]);
  const program = await start(
    t,
    Array.from({ length: MANY }, (_, index) => `c${index}=picture:${pipe}#always=true`),
  );
  const { lastError } = await until("the camera reports it", async () => {
    const now = await status(program, "c0");
    return now.lastError === null ? undefined : now;
  });
  assert.equal(lastError?.message, `Cannot read ${pipe}: it is a named pipe, not a file`);
  await assertWorks(program);
  assert.equal(await stop(program), 0);
});

test("settings on a disk that hangs are reported, with status 1", { skip }, async (t) => {
  t.after(() => disk.end());
  disk.begin();
  const file = join(disk.folder, "stillstream.yaml");
  writeFileSync(file, "port: 0\n");
  const { status, stderr } = await runProgramToEnd(["--config", file], { env: disk.env });
  assert.equal(status, 1, stderr);
  assert.equal(stderr, `stillstream: Reading ${file} takes longer than 10 s\n`);
});

test("settings that hang while the server runs change nothing, and stop nothing", { skip }, async (t) => {
  const file = join(disk.folder, "running.yaml");
  writeFileSync(file, "cameras: { ok: fake }\n");
  t.after(() => disk.end());
  const program = await startProgram(t, ["--config", file], { env: disk.env });
  disk.begin();
  for (let count = 0; count < MANY; count++) program.process.kill("SIGHUP");
  await until("the log reports it", () =>
    /Reload of \S+ failed, and nothing changed: Reading .* takes longer than 10 s/.test(program.errors()),
  );
  await assertWorks(program);
  assert.equal(await stop(program), 0);
});

test("a second signal ends the process at once, with programs that do not stop", { skip }, async (t) => {
  const programs = join(folder, "programs");
  const pidFile = join(folder, "pid");
  mkdirSync(programs);
  const script = `#!/bin/sh\ncase "$*" in *-version* | *-h*long*) exit 0 ;; esac\ntrap '' TERM\necho $$ > ${pidFile}\nwhile :; do sleep 1; done\n`;
  writeFileSync(join(programs, "ffmpeg"), script, { mode: 0o755 });
  const env = { PATH: `${programs}:${process.env["PATH"]}` };
  const { process: child } = await start(t, ["c=ffmpeg:rtsp://127.0.0.1:9/x#fps=5#always=true"], env);
  const pid = await until("the program runs", () => (existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0));
  const exited = once(child, "exit") as Promise<[number | null]>;
  child.kill("SIGTERM");
  child.kill("SIGINT");
  assert.deepEqual((await exited)[0], 1);
  await until("the program is gone", () => !isRunning(pid));
});

/** Makes a process block all threads of its pool at SIGUSR2. */
function hangsItself(pipe: string): Record<string, string> {
  const code = `import { open } from "node:fs";
    process.on("SIGUSR2", () => { for (let count = 0; count < 8; count++) open(${JSON.stringify(pipe)}, () => {}); });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

test("a process whose threads all hang reports it at /healthz, and still ends in 2.5 s", {
  skip,
}, async (t) => {
  const pipe = join(folder, "nobody-writes");
  execFileSync("mkfifo", [pipe]);
  const program = await start(t, [], hangsItself(pipe));
  assert.equal((await fetch(`${program.url}/healthz`)).status, 200);
  program.process.kill("SIGUSR2");
  const response = await until("it is unhealthy", async () => {
    const answer = await fetch(`${program.url}/healthz`);
    return answer.status === 503 ? answer : undefined;
  });
  assert.deepEqual(await response.json(), {
    status: "failing",
    reason: "Files and name lookups hang: no thread of this process was free for 5 s",
  });
  assert.equal(await stop(program), 0);
});

function isRunning(pid: number): boolean {
  try {
    // A process that nothing reaps is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
