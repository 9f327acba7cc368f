import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { webcam } from "../../src/drivers/webcam/webcam.ts";
import { until } from "../support/deferred.ts";
import { ROOT_URL } from "../support/paths.ts";
import { type ProgramOptions, runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { listen } from "../support/serve.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

/** A PATH without programs; the program itself is started by its path. */
const NO_PROGRAMS = { PATH: "/nonexistent" };

/** Runs the program to its end and returns its status and stderr, which must be plain words. */
async function failure(args: readonly string[], options: ProgramOptions = {}): Promise<[number | null, string]> {
  const { status, stdout, stderr } = await runProgramToEnd(["--host", "127.0.0.1", "--port", "0", ...args], options);
  assert.doesNotMatch(stderr, /^\s+at /m, "it has a stack trace");
  assert.doesNotMatch(stderr, /Error|node:internal|file:\/\//);
  assert.match(stderr, /^stillstream: [^\n]+\n( {2}[^\n]+\n)*$/);
  assert.equal(stdout, "");
  return [status, stderr.slice("stillstream: ".length, -1)];
}

const WRONG: Array<[args: string[], problem: string]> = [
  [["--port", "http"], '--port: "http" is invalid. It must be a whole number from 0 to 65535.'],
  [["--config", "/no/where.yaml"], '--config: "/no/where.yaml" does not exist. Name a file that exists.'],
  [["ffmpeg:missing.mp4"], 'camera ffmpeg: there is no file at "missing.mp4". Check the path.'],
  [
    ["door=picture:missing.jpg"],
    'camera door: there is no file or folder at "missing.jpg". Check the path, or add #wait=true if the file comes later.',
  ],
  [["http://"], 'camera http: "http://" is not a URL. Write one such as http://192.168.0.20/stream.'],
];

for (const [args, problem] of WRONG) {
  test(`${args.join(" ")} is refused in one sentence, with exit status 2`, async () => {
    assert.deepEqual(await failure(args), [2, problem]);
  });
}

test("unknown options and drivers are refused with the known ones, with exit status 2", async () => {
  const [status, stderr] = await failure(["--prot=80"]);
  assert.deepEqual([status, stderr], [2, "--prot: there is no such option. See stillstream --help."]);
  assert.match(
    (await failure(["kinect:0"])).join(" "),
    /^2 camera kinect:0, driver: "kinect" is invalid\. It must be one of fake, .*\.$/,
  );
});

test("a file that is not YAML is refused in one sentence with its line, and exit status 2", async (t) => {
  const path = join(temporaryFolder(t), "config.yaml");
  await writeFile(path, "title: garden\nport: 5\n  bad: [\n");
  const [status, stderr] = await failure(["--config", path]);
  assert.equal(status, 2);
  assert.match(stderr, /^\S+config\.yaml: the file is not YAML: [^\n]+ at line 2, column \d+\. Correct it there\.$/);
});

test("several problems are reported at once, a line each", async () => {
  const [status, stderr] = await failure(["--port", "http", "--linger", "10", "Door=fake", "fake#fps=x"]);
  assert.equal(status, 2);
  assert.deepEqual(stderr.split("\n  "), [
    "these settings are wrong:",
    '--port: "http" is invalid. It must be a whole number from 0 to 65535.',
    '--linger: "10" is invalid. It must be a duration with its unit, such as 500ms, 10s or 2m.',
    'camera Door=fake, name: "Door" is invalid. It must be 1 to 32 of a-z, 0-9, - and _, and start with a letter or digit.',
    'camera fake#fps=x, fps: "x" is invalid. It must be a number above 0 and up to 1000.',
  ]);
});

test("every camera that can never work is reported at once", async () => {
  const [status, stderr] = await failure(["a=picture:no.jpg", "b=fake", "c=ffmpeg:no.mp4"]);
  assert.equal(status, 2);
  assert.match(stderr, /^camera a: [^\n]+\n {2}camera c: [^\n]+$/);
});

test("a port in use is reported in one sentence with another port to choose, and exit status 1", async (t) => {
  const { port } = new URL(await listen(t, createServer()));
  assert.deepEqual(await failure(["--port", port]), [
    1,
    `--port: port ${port} is in use by another program. Stop it, or choose another, such as --port ${Number(port) + 1}.`,
  ]);
});

test("an address of another machine is refused in one sentence, with exit status 1", async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  assert.deepEqual(await failure(["--host", "192.0.2.1"]), [
    1,
    "--host: 192.0.2.1 is not an address of this machine. Use 0.0.0.0 for all its addresses.",
  ]);
});

test("a missing ffmpeg is reported with the way to install it, and exit status 1", async () => {
  const [status, stderr] = await failure(["ffmpeg:rtsp://127.0.0.1/live"], { env: NO_PROGRAMS });
  assert.equal(status, 1);
  assert.match(stderr, /^camera ffmpeg: ffmpeg is not installed: .*sudo apt install ffmpeg/);
});

/** Values that a shell, a path or a number parser could misread. */
const HOSTILE = ["$(touch ran)", "`touch ran`", "1;touch ran", "1\ntouch ran", "|touch ran", "../1", "1e9", "-1", "%s"];

/**
 * Every option of a webcam, except the title, which may be any text, and the address, which has
 * more forms.
 */
const WEBCAM_OPTIONS = [...Object.keys(webcam.options.shape), "linger", "stall", "always"].filter(
  (name) => name !== "address",
);

const HOSTILE_ADDRESSES = [
  "/dev/video0;reboot",
  "/dev/video0\ntouch ran",
  "$(touch ran)",
  "`touch ran`",
  "/dev/$(touch ran)",
  "../etc/passwd",
  "/dev/../etc/passwd",
  "/dev/video0 --exec=touch",
  "'; touch ran; '",
  '"&touch ran&"',
];

/**
 * Returns the message about a hostile value: its place, the option, its rule, and the value as it
 * came.
 */
function isRefusal(line: string, place: string, option: string, value: unknown): boolean {
  return line.startsWith(`${place}, ${option}: ${JSON.stringify(value)} is invalid. It must be `) && line.endsWith(`.`);
}

test("a webcam's address and options are refused on the command line if they hold more than a value", async (t) => {
  const folder = temporaryFolder(t);
  const options = WEBCAM_OPTIONS.flatMap((option) =>
    HOSTILE.map((value) => ({ option, value, spec: `webcam#${option}=${encodeURIComponent(value)}` })),
  );
  const addresses = HOSTILE_ADDRESSES.map((value) => ({ option: "address", value, spec: `webcam:${value}` }));
  const all = [...options, ...addresses];
  const [status, stderr] = await failure(
    all.map(({ spec }) => spec),
    { cwd: folder },
  );
  assert.equal(status, 2);
  const [, ...lines] = stderr.split("\n  ");
  assert.equal(lines.length, all.length);
  for (const [index, { option, value, spec }] of all.entries()) {
    const line = lines[index] ?? "";
    assert.ok(isRefusal(line, `camera ${spec.replaceAll("\n", "\\n")}`, option, value), line);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test("and so they are in the file and the environment, as text or as other types", async (t) => {
  const folder = temporaryFolder(t);
  const values = WEBCAM_OPTIONS.flatMap((option) => [...HOSTILE, { $ne: 1 }].map((value) => ({ option, value })));
  const all = [...values, ...HOSTILE_ADDRESSES.map((value) => ({ option: "address", value }))];
  const cameras = Object.fromEntries(
    all.map(({ option, value }, index) => [`c${index}`, { driver: "webcam", [option]: value }]),
  );
  await writeFile(join(folder, "config.yaml"), JSON.stringify({ cameras }));
  const [status, stderr] = await failure(["--config", "config.yaml"], { cwd: folder });
  assert.equal(status, 2);
  const [, ...lines] = stderr.split("\n  ");
  assert.equal(lines.length, all.length);
  for (const [index, { option, value }] of all.entries()) {
    const line = lines[index] ?? "";
    assert.ok(isRefusal(line, `config.yaml, cameras.c${index}`, option, value), line);
  }
  for (const value of HOSTILE_ADDRESSES.slice(0, 3)) {
    const [status, stderr] = await failure([], { cwd: folder, env: { CAMERA: `webcam:${value}` } });
    assert.deepEqual([status, isRefusal(stderr, "CAMERA", "address", value)], [2, true], stderr);
  }
  assert.deepEqual(readdirSync(folder), ["config.yaml"]);
});

test("--help and --version answer on standard output and end, whatever else is given", async () => {
  const help = await runProgramToEnd(["--help", "--port", "x"]);
  assert.deepEqual([help.status, help.stderr], [0, ""]);
  assert.match(help.stdout, /^Usage: stillstream \[OPTION \.\.\.\] \[CAMERA \.\.\.\]\n/m);
  const packageJson = await readFile(new URL("package.json", ROOT_URL), "utf8");
  const { version } = JSON.parse(packageJson) as { version: string };
  assert.deepEqual(await runProgramToEnd(["-v"]), { status: 0, stdout: `${version}\n`, stderr: "" });
});

test("without a camera the program shows the fake one, says why, and prints its URL", {
  skip: existsSync("/dev/video0") && "this machine has a camera",
}, async (t) => {
  const program = await startProgram(t, [], { env: { CAMERA: "" } });
  const [first, , second] = program.output().split("\n");
  assert.match(
    first ?? "",
    /^stillstream \d+\.\d+\.\d+ serves fake: no camera was given or found\. See stillstream --help for your own\.$/,
  );
  assert.match(second ?? "", /^ {2}On this machine {3}http:\/\/127\.0\.0\.1:\d+\/$/);
  const response = await fetch(`${program.url}/snapshot.jpg`);
  assert.equal(response.status, 200);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()).subarray(0, 2), Buffer.of(0xff, 0xd8));
});

test("the program works with no program on the PATH", async (t) => {
  const program = await startProgram(t, ["fake"], { env: NO_PROGRAMS });
  assert.equal((await fetch(`${program.url}/snapshot.jpg`)).status, 200);
});

test("the environment's CAMERA and settings are used", async (t) => {
  const env = {
    CAMERA: "door=fake#title=Front%20door",
    STILLSTREAM_BASE_PATH: "/cams",
    STILLSTREAM_LOG_LEVEL: "silent",
  };
  const program = await startProgram(t, [], { env });
  assert.match(program.output(), /serves door \(fake\), from CAMERA\./);
  assert.match(program.output(), /:\d+\/cams\/$/m);
  const { cameras } = (await (await fetch(`${program.url}/api/cameras`)).json()) as {
    cameras: Array<{ title: string }>;
  };
  assert.deepEqual(
    cameras.map(({ title }) => title),
    ["Front door"],
  );
  assert.equal((await fetch(`${program.url}/snapshot.jpg`)).status, 200);
  assert.equal(program.errors(), "");
});

test("the log is a JSON object a line, and reports a camera's opening and release", async (t) => {
  const program = await startProgram(t, ["fake#linger=0s"]);
  await (await fetch(`${program.url}/snapshot.jpg`)).arrayBuffer();
  const log = await until("the camera is released", () => {
    const lines = program.errors().trim().split("\n");
    return lines.length >= 3 ? lines : undefined;
  });
  const entries = log.map((line) => JSON.parse(line) as { camera: string; msg: string });
  assert.deepEqual(
    entries.map(({ camera, msg }) => `${camera} ${msg}`),
    ["fake opened", "fake live", "fake released"],
  );
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends it with status 0 within 3 s, and with it all streams, also a stuck viewer's`, async (t) => {
    const program = await startProgram(t, ["fake#fps=1000"]);
    const viewer = ask(t, `${program.url}/video_feed`);
    const stuck = ask(t, `${program.url}/video_feed`);
    // It keeps its connection open and sends no more requests.
    const idle = ask(t, `${program.url}/healthz`);
    await Promise.all([headOf(viewer), headOf(stuck), headOf(idle)]);
    stuck.socket.pause();
    await until("pictures come", () => viewer.body().length > 5_000_000);
    const exited = once(program.process, "exit");
    const signalledAt = performance.now();
    program.process.kill(signal);
    assert.deepEqual(await exited, [0, null]);
    assert.ok(performance.now() - signalledAt < 3000);
    await until("the viewer's connection ends", () => viewer.ended);
    assert.doesNotMatch(program.errors(), /"level":[456]0|Warning/);
  });
}

test("SIGTERM ends it with status 0 while a camera cannot be opened and a snapshot waits for it", async (t) => {
  const program = await startProgram(t, ["http://127.0.0.1:9/stream"]);
  const waiting = ask(t, `${program.url}/snapshot.jpg`);
  await until("it tries again", () => program.errors().includes("trying again"));
  const exited = once(program.process, "exit");
  const signalledAt = performance.now();
  program.process.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  assert.ok(performance.now() - signalledAt < 3000);
  await until("the snapshot's connection ends", () => waiting.ended);
});

/** Texts that must not appear anywhere. */
const PASSWORD = "s3cret-pa55";

test("a camera URL's password is in no log and no status, whether the camera works or fails", async (t) => {
  const guarded = createServer((request, response) => {
    const expected = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString("base64")}`;
    response.writeHead(request.headers.authorization === expected ? 404 : 401).end();
  });
  const { host } = new URL(await listen(t, guarded));
  const cameras = [`there=http://admin:${PASSWORD}@${host}/stream`, `gone=http://admin:${PASSWORD}@127.0.0.1:9/stream`];
  if (needs("ffmpeg") === false) cameras.push(`rtsp=ffmpeg:rtsp://admin:${PASSWORD}@127.0.0.1:9/live`);
  const program = await startProgram(t, ["--log-level", "trace", ...cameras]);
  const names = cameras.map((camera) => camera.split("=")[0]);
  const viewers = names.map((name) => ask(t, `${program.url}/cameras/${name}/video_feed`));
  await Promise.all(viewers.map(headOf));
  await until("each has failed", () =>
    names.every((name) =>
      program
        .errors()
        .split("\n")
        .some((line) => line.includes(`"${name}"`) && line.includes("trying again")),
    ),
  );
  const status = await (await fetch(`${program.url}/api/cameras`)).text();
  assert.match(status, /answered 404/, "the password was sent");
  const pages = await Promise.all(
    ["/", "/state", "/cameras/there", "/healthz"].map(async (path) => (await fetch(program.url + path)).text()),
  );
  for (const text of [program.output(), program.errors(), status, ...pages])
    assert.doesNotMatch(text, new RegExp(PASSWORD));
});

test("a camera URL's password is not in the messages about it", async () => {
  for (const [spec, shown] of [
    [`http://admin:${PASSWORD}@10.0.0.9/#bogus=1`, "http://10.0.0.9"],
    [`kinect://admin:${PASSWORD}@10.0.0.9`, "kinect://10.0.0.9"],
    [`http://a:${PASSWORD}@:/`, "http://***"],
  ] as const) {
    const [status, stderr] = await failure([spec]);
    assert.equal(status, 2);
    assert.doesNotMatch(stderr, new RegExp(PASSWORD), stderr);
    assert.ok(stderr.includes(shown), stderr);
  }
});
