import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { webcam } from "../../src/drivers/webcam/webcam.ts";
import { until } from "../support/deferred.ts";
import { ROOT_URL } from "../support/paths.ts";
import { setPath } from "../support/programs/processes.ts";
import { runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { type Refusal, refusalOf, type ServerOptions, startServer } from "../support/programs/server.ts";
import { listen } from "../support/serve.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A PATH without programs; the program itself is started by its path. */
const NO_PROGRAMS = "/nonexistent";

/** Returns status and text of a refusal, which must be plain words. */
function plainWords({ status, stderr }: Refusal): [number, string] {
  assert.doesNotMatch(stderr, /^\s+at /m, "it has a stack trace");
  assert.doesNotMatch(stderr, /Error|node:internal|file:\/\//);
  assert.match(stderr, /^stillstream: [^\n]+\n( {2}[^\n]+\n)*$/);
  return [status, stderr.slice("stillstream: ".length, -1)];
}

/** Starts the server of a command line, which must be refused in plain words. */
async function failure(
  t: TestContext,
  args: readonly string[],
  options: ServerOptions = {},
): Promise<[number, string]> {
  return plainWords(await refusalOf(t, args, options));
}

/** Makes a folder the working directory until the test ends. */
function temporaryDirectory(t: TestContext): string {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  const folder = temporaryFolder(t);
  process.chdir(folder);
  return folder;
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
  test(`${args.join(" ")} is refused in one sentence, with exit status 2`, async (t) => {
    assert.deepEqual(await failure(t, args), [2, problem]);
  });
}

test("unknown options and drivers are refused with the known ones, with exit status 2", async (t) => {
  const [status, stderr] = await failure(t, ["--prot=80"]);
  assert.deepEqual([status, stderr], [2, "--prot: there is no such option. See stillstream --help."]);
  assert.match(
    (await failure(t, ["kinect:0"])).join(" "),
    /^2 camera kinect:0, driver: "kinect" is invalid\. It must be one of fake, .*\.$/,
  );
});

test("a file that is not YAML is refused in one sentence with its line, and exit status 2", async (t) => {
  const path = join(temporaryFolder(t), "config.yaml");
  await writeFile(path, "title: garden\nport: 5\n  bad: [\n");
  const [status, stderr] = await failure(t, ["--config", path]);
  assert.equal(status, 2);
  assert.match(stderr, /^\S+config\.yaml: the file is not YAML: [^\n]+ at line 2, column \d+\. Correct it there\.$/);
});

test("several problems are reported at once, a line each, and the program ends", async () => {
  const args = ["--port", "http", "--linger", "10", "Door=fake", "fake#fps=x"];
  const ended = await runProgramToEnd(args);
  const [status, stderr] = plainWords(ended as Refusal);
  assert.deepEqual([status, ended.stdout], [2, ""]);
  assert.deepEqual(stderr.split("\n  "), [
    "these settings are wrong:",
    '--port: "http" is invalid. It must be a whole number from 0 to 65535.',
    '--linger: "10" is invalid. It must be a duration with its unit, such as 500ms, 10s or 2m.',
    'camera Door=fake, name: "Door" is invalid. It must be 1 to 32 of a-z, 0-9, - and _, and start with a letter or digit.',
    'camera fake#fps=x, fps: "x" is invalid. It must be a number above 0 and up to 1000.',
  ]);
});

test("every camera that can never work is reported at once", async (t) => {
  const [status, stderr] = await failure(t, ["a=picture:no.jpg", "b=fake", "c=ffmpeg:no.mp4"]);
  assert.equal(status, 2);
  assert.match(stderr, /^camera a: [^\n]+\n {2}camera c: [^\n]+$/);
});

test("a port in use is reported in one sentence with another port to choose, and exit status 1", async (t) => {
  const { port } = new URL(await listen(t, createServer()));
  assert.deepEqual(await failure(t, ["--port", port]), [
    1,
    `--port: port ${port} is in use by another program. Stop it, or choose another, such as --port ${Number(port) + 1}.`,
  ]);
});

test("an address of another machine is refused in one sentence, with exit status 1", async (t) => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  assert.deepEqual(await failure(t, ["--host", "192.0.2.1"]), [
    1,
    "--host: 192.0.2.1 is not an address of this machine. Use 0.0.0.0 for all its addresses.",
  ]);
});

test("a missing ffmpeg is reported with the way to install it, and exit status 1", async (t) => {
  setPath(t, NO_PROGRAMS);
  const [status, stderr] = await failure(t, ["ffmpeg:rtsp://127.0.0.1/live"]);
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
  const folder = temporaryDirectory(t);
  const options = WEBCAM_OPTIONS.flatMap((option) =>
    HOSTILE.map((value) => ({ option, value, spec: `webcam#${option}=${encodeURIComponent(value)}` })),
  );
  const addresses = HOSTILE_ADDRESSES.map((value) => ({ option: "address", value, spec: `webcam:${value}` }));
  const all = [...options, ...addresses];
  const [status, stderr] = await failure(
    t,
    all.map(({ spec }) => spec),
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
  const folder = temporaryDirectory(t);
  const values = WEBCAM_OPTIONS.flatMap((option) => [...HOSTILE, { $ne: 1 }].map((value) => ({ option, value })));
  const all = [...values, ...HOSTILE_ADDRESSES.map((value) => ({ option: "address", value }))];
  const cameras = Object.fromEntries(
    all.map(({ option, value }, index) => [`c${index}`, { driver: "webcam", [option]: value }]),
  );
  await writeFile(join(folder, "config.yaml"), JSON.stringify({ cameras }));
  const [status, stderr] = await failure(t, ["--config", "config.yaml"]);
  assert.equal(status, 2);
  const [, ...lines] = stderr.split("\n  ");
  assert.equal(lines.length, all.length);
  for (const [index, { option, value }] of all.entries()) {
    const line = lines[index] ?? "";
    assert.ok(isRefusal(line, `config.yaml, cameras.c${index}`, option, value), line);
  }
  for (const value of HOSTILE_ADDRESSES.slice(0, 3)) {
    const [status, stderr] = await failure(t, [], { env: { CAMERA: `webcam:${value}` } });
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

test("without a camera, or any program on the PATH, it shows the fake camera, says why, and prints its URL", {
  skip: existsSync("/dev/video0") && "this machine has a camera",
}, async (t) => {
  const program = await startProgram(t, [], { env: { CAMERA: "", PATH: NO_PROGRAMS } });
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

test("the environment's CAMERA and settings are used", async (t) => {
  const env = {
    CAMERA: "door=fake#title=Front%20door",
    STILLSTREAM_BASE_PATH: "/cams",
    STILLSTREAM_LOG_LEVEL: "silent",
  };
  const server = await startServer(t, [], { env });
  assert.match(server.output(), /serves door \(fake\), from CAMERA\./);
  assert.match(server.output(), /:\d+\/cams\/$/m);
  assert.deepEqual(
    (await server.cameras()).map(({ title }) => title),
    ["Front door"],
  );
  assert.equal((await fetch(`${server.url}/snapshot.jpg`)).status, 200);
  assert.equal(server.errors(), "");
});

test("SIGTERM ends it with status 0, and with it all streams, also a stuck viewer's; the log is JSON, a line each", async (t) => {
  const program = await startProgram(t, ["fake#fps=1000"]);
  const viewer = ask(t, `${program.url}/video_feed`);
  const stuck = ask(t, `${program.url}/video_feed`);
  // It keeps its connection open and sends no more requests.
  const idle = ask(t, `${program.url}/healthz`);
  await Promise.all([headOf(viewer), headOf(stuck), headOf(idle)]);
  stuck.socket.pause();
  await until("pictures come", () => viewer.body().length > 5_000_000);
  const closed = once(program.process, "close");
  program.process.kill("SIGTERM");
  assert.deepEqual(await closed, [0, null]);
  await until("the viewer's connection ends", () => viewer.ended);
  const lines = program.errors().trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as { camera: string; msg: string });
  // None is a warning, such as of a stop that had to be forced.
  assert.deepEqual(
    entries.map(({ camera, msg }) => `${camera} ${msg}`),
    ["fake opened", "fake live", "fake released"],
  );
});

test("SIGINT ends it with status 0 while a camera cannot be opened and a snapshot waits for it", async (t) => {
  const program = await startProgram(t, ["http://127.0.0.1:9/stream"]);
  const waiting = ask(t, `${program.url}/snapshot.jpg`);
  await until("it tries again", () => program.errors().includes("trying again"));
  const closed = once(program.process, "close");
  program.process.kill("SIGINT");
  assert.deepEqual(await closed, [0, null]);
  await until("the snapshot's connection ends", () => waiting.ended);
  assert.doesNotMatch(program.errors(), /Stop forced/);
});

/** Texts that must not appear anywhere. */
const PASSWORD = "s3cret-pa55";

test("a camera URL's password is not in the messages about it", async (t) => {
  for (const [spec, shown] of [
    [`http://admin:${PASSWORD}@10.0.0.9/#bogus=1`, "http://10.0.0.9"],
    [`kinect://admin:${PASSWORD}@10.0.0.9`, "kinect://10.0.0.9"],
    [`http://a:${PASSWORD}@:/`, "http://***"],
  ] as const) {
    const [status, stderr] = await failure(t, [spec]);
    assert.equal(status, 2);
    assert.doesNotMatch(stderr, new RegExp(PASSWORD), stderr);
    assert.ok(stderr.includes(shown), stderr);
  }
});
