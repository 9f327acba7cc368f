import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { explainTimeZone } from "../../src/transform/overlay/time-zone.ts";
import { writePrivateFile } from "../../src/util/files/private-file.ts";
import { until } from "../support/deferred.ts";
import { MAIN } from "../support/paths.ts";
import { startProgram } from "../support/programs/program.ts";
import { refusalOf } from "../support/programs/server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs, PYTHON } from "../support/tools.ts";

/*
 * The environment of the program: time zone, user, descriptors, terminal, place in the process
 * table.
 */

const SERVER = [process.execPath, MAIN, "--host=127.0.0.1", "--port=0", "fake"];
const skip = process.platform !== "linux" && "as on Linux";
const asRoot = skip || (process.getuid?.() !== 0 && "takes root");

test("a TZ that Node.js does not know is explained, and others are not", () => {
  for (const tz of ["CET-1CEST,M3.5.0,M10.5.0/3", "<+0330>-3:30", "NZST-12NZDT"]) {
    assert.match(
      explainTimeZone(tz) ?? "",
      /^The time zone is taken for .+Set TZ to a name such as Europe\/Berlin\.$/,
      tz,
    );
  }
  for (const tz of [undefined, "", "UTC", "UTC0", "EST5EDT", "Europe/Berlin", ":Europe/Berlin", "/etc/localtime"]) {
    assert.equal(explainTimeZone(tz), undefined, tz);
  }
});

test("a state folder that the system refuses to create is reported without a wait", { skip }, async (t) => {
  const path = "/proc/nowhere/state";
  const { status, stderr } = await refusalOf(t, ["--tls-self-signed", "--state-dir", path, "fake"]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^stillstream: cannot save the certificate in "\/proc\/nowhere\/state": ENOENT\..+--state-dir\.\n$/,
  );
});

test("a private file belongs to its owner alone, replaces the old one, and leaves nothing behind if it fails", async (t) => {
  const folder = join(temporaryFolder(t), "a", "b");
  const path = join(folder, "key");
  await writePrivateFile(path, "one");
  await writePrivateFile(path, "two");
  assert.equal(readFileSync(path, "utf8"), "two");
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
  // A folder cannot be replaced by a file.
  await assert.rejects(writePrivateFile(folder, "three"));
  assert.deepEqual(readdirSync(join(folder, "..")), ["b"]);
  assert.deepEqual(readdirSync(folder), ["key"]);
});

test("a user without a home directory is told how to name a folder", {
  skip: asRoot || needs("setpriv", "util-linux"),
}, () => {
  const args = ["--reuid=54321", "--clear-groups", "env", "-u", "HOME", process.execPath, MAIN];
  const command = [...args, "--tls-self-signed", "--host=127.0.0.1", "--port=0", "fake"];
  assert.throws(
    () => execFileSync("setpriv", command, { cwd: "/", encoding: "utf8", stdio: "pipe", timeout: 30_000 }),
    ({ stderr }) => {
      assert.equal(stderr, "stillstream: --state-dir: user 54321 has no home for a default. Name a folder.\n");
      return true;
    },
  );
});

test("a process whose limit of open files is low says how to raise it", { skip }, () => {
  assert.throws(
    () => execFileSync("sh", ["-c", `ulimit -n 40; exec "$@"`, "sh", ...SERVER], { encoding: "utf8", stdio: "pipe" }),
    ({ status, stderr }) => {
      assert.equal(status, 1);
      assert.match(
        stderr,
        /^stillstream: The program cannot be loaded: this process may have 40 files open.+ulimit -n 1024.+\n$/,
      );
      return true;
    },
  );
});

/**
 * Runs a program under nohup on its own terminal, closes the terminal, and returns whether the
 * program is alive.
 */
const UNDER_NOHUP = `
import os, pty, signal, subprocess, sys, time, urllib.request
pid, master = pty.fork()
if pid == 0: os.execvp("nohup", ["nohup", *sys.argv[1:]])
url = None
while url is None:
    time.sleep(0.05)
    found = [line.split()[-1] for line in open("nohup.out") if "On this machine" in line] if os.path.exists("nohup.out") else []
    url = found[0] if found else None
os.close(master)
while "Reload skipped" not in open("nohup.out").read(): time.sleep(0.05)
print(urllib.request.urlopen(url + "healthz").status, flush=True)
os.kill(pid, signal.SIGTERM)
os.waitpid(pid, 0)
`;

test("under nohup the program survives the end of its terminal", {
  skip: skip || needs("nohup", "coreutils") || needs("python3"),
}, (t) => {
  const cwd = temporaryFolder(t);
  const output = execFileSync(PYTHON, ["-c", UNDER_NOHUP, ...SERVER], { cwd, encoding: "utf8", timeout: 60_000 });
  assert.equal(output, "200\n");
});

test("a deleted working directory is reported in words", { skip }, (t) => {
  const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@" 2>&1';
  const { stdout, status } = spawnSync("sh", ["-c", script, join(temporaryFolder(t), "gone"), ...SERVER], {
    encoding: "utf8",
  });
  assert.match(
    stdout,
    /^stillstream: The working directory is gone\. Change to one that exists, such as by `cd \/`\.\n$/,
  );
  assert.equal(status, 1);
});

test("transforms work again once there are free descriptors, although loading sharp failed without one", {
  skip: skip || needs("prlimit", "util-linux"),
}, async (t) => {
  const { url, process: server } = await startProgram(t, ["fake#fps=5#always=true"]);
  const pid = String(server.pid);
  const allow = (count: number) => execFileSync("prlimit", ["--pid", pid, `--nofile=${count}:4096`]);
  const status = async () => (await fetch(`${url}/snapshot.jpg?width=100`)).status;
  assert.equal((await fetch(`${url}/snapshot.jpg`)).status, 200);
  allow(readdirSync(`/proc/${pid}/fd`).length + 1);
  assert.equal(await status(), 503);
  allow(4096);
  assert.equal(await status(), 200);
});

/** Makes a process look for orphans 50 times as often, and say so. */
const LOOKS_OFTEN = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    const real = globalThis.setInterval;
    globalThis.setInterval = (call, ms, ...rest) => {
      if (ms !== 5000) return real(call, ms, ...rest);
      return real(() => { call(); process.stdout.write("looked\\n"); }, ms / 50);
    };`)}`,
};

test("as the first process of a container it reaps orphans, and survives a lack of descriptors", {
  skip: asRoot || needs("unshare", "util-linux") || needs("prlimit", "util-linux"),
}, async () => {
  const child = spawn("unshare", ["--pid", "--fork", "--mount-proc", ...SERVER], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...LOOKS_OFTEN },
  });
  const closed = once(child, "close");
  let listening = false;
  let looks = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    listening ||= line.includes("On this machine");
    if (line === "looked") looks++;
  });
  await until("it listens", () => listening);
  const [, server = ""] = /(\d+)/.exec(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")) ?? [];
  const enter = ["-t", server, "-p", "-m"];
  const inside = (command: string) => execFileSync("nsenter", [...enter, "sh", "-c", command], { encoding: "utf8" });
  inside("for count in 1 2 3; do (sleep 0.2 &); done");
  const states = () => {
    const pids = readFileSync(`/proc/${server}/task/${server}/children`, "utf8").trim().split(" ").filter(Boolean);
    return pids.map((pid) => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  };
  await until("it has inherited orphans", () => states().length > 0);
  const allow = (descriptors: number) => execFileSync("prlimit", ["--pid", server, `--nofile=${descriptors}:4096`]);
  allow(3);
  const before = looks;
  await until("it has looked for orphans without a descriptor", () => looks > before + 1);
  allow(4096);
  await until("it has reaped them", () => states().length === 0);
  child.kill("SIGTERM");
  process.kill(Number(server), "SIGTERM");
  await closed;
});

test("as the first process of a container it ends on request while it starts", {
  skip: asRoot || needs("unshare", "util-linux") || needs("mkfifo", "coreutils"),
}, async (t) => {
  const config = join(temporaryFolder(t), "pipe.yaml");
  execFileSync("mkfifo", [config]);
  const child = spawn("unshare", ["--pid", "--fork", "--mount-proc", ...SERVER, `--config=${config}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const closed = once(child, "close");
  // Nothing can write to a pipe without a reader (fifo(7)).
  const writer = await until("it reads its configuration", () => {
    try {
      return openSync(config, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return undefined;
    }
  });
  t.after(() => closeSync(writer));
  const server = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  process.kill(Number(server), "SIGTERM");
  assert.deepEqual(await closed, [0, null]);
});
