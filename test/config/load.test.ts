import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { registries } from "../../src/app/registries.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Registry } from "../../src/config/parse-cameras.ts";
import { Problems } from "../../src/config/problems.ts";
import { type Config, settingsSchema } from "../../src/config/schema.ts";
import { kebabCase } from "../../src/options/option-names.ts";
import { flag, integer, listenAt, positive, text } from "../../src/options/option-types.ts";
import { SetupError } from "../../src/util/errors.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const drivers: Registry = {
  fake: {
    summary: "a fake",
    options: z.strictObject({ fps: positive(1000).prefault(1).describe("frames per second") }),
  },
  file: {
    summary: "a file",
    address: "FILE",
    options: z.strictObject({
      address: text("a file").describe("which"),
      width: integer(16, 8192).optional().describe("its width"),
      loop: flag().prefault(false).describe("again and again"),
    }),
  },
};

const outputs: Registry = {
  wall: {
    summary: "a wall",
    address: "[HOST:]PORT",
    options: z.strictObject({
      address: listenAt().describe("where"),
      quality: integer(1, 100).prefault(80).describe("JPEG quality"),
      maxBytes: integer(0, 100).optional().describe("most bytes"),
    }),
  },
};
const messages: Registry = {
  pigeon: {
    summary: "a pigeon",
    address: "[HOST:]PORT",
    options: z.strictObject({ address: listenAt().describe("where it lands") }),
  },
};

interface Input {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

function load({ args = [], env = {} }: Input): Promise<Config> {
  const problems = new Problems();
  return loadConfig({ flags: parseFlags(args, problems), env, registries: { drivers, outputs, messages }, problems });
}

/** The problems with an input: a line each. */
async function problemsOf(input: Input): Promise<string[]> {
  const error = await load(input).then(
    () => assert.fail("it was accepted"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof SetupError, String(error));
  assert.equal(error.exitCode, 2);
  const [first = "", ...others] = error.message.split("\n  ");
  if (others.length === 0) return [first];
  assert.equal(first, "these settings are wrong:");
  return others;
}

async function yaml(t: TestContext, content: string): Promise<string> {
  const path = join(temporaryFolder(t), "config.yaml");
  await writeFile(path, content);
  return path;
}

/**
 * For each setting but `config`: its default, then a value as written for flag, environment and
 * file, and as read.
 */
const SETTINGS: Record<
  string,
  { preset: unknown; flag: [string, unknown]; env: [string, unknown]; file: [string, unknown] }
> = {
  host: { preset: "0.0.0.0", flag: ["::1", "::1"], env: ["127.0.0.1", "127.0.0.1"], file: ["10.0.0.1", "10.0.0.1"] },
  port: { preset: 8080, flag: ["0", 0], env: ["65535", 65_535], file: ["81", 81] },
  title: { preset: "stillstream", flag: ["My cams", "My cams"], env: [" x ", "x"], file: ["5", "5"] },
  basePath: { preset: "", flag: ["/a/b/", "/a/b"], env: ["/", ""], file: ["/c.d~e-f", "/c.d~e-f"] },
  linger: { preset: 10_000, flag: ["500ms", 500], env: ["1.5h", 5_400_000], file: ["2m", 120_000] },
  maxViewers: { preset: 1000, flag: ["1", 1], env: ["100000", 100_000], file: ["5", 5] },
  maxViewersPerAddress: { preset: undefined, flag: ["1", 1], env: ["100000", 100_000], file: ["5", 5] },
  maxRequests: { preset: 300, flag: ["0", 0], env: ["100000", 100_000], file: ["50", 50] },
  maxConnections: { preset: undefined, flag: ["10", 10], env: ["1000000", 1_000_000], file: ["500", 500] },
  maxImageMemory: {
    preset: 200 * 1024 ** 2,
    flag: ["1GB", 1024 ** 3],
    env: ["64MB", 64 * 1024 ** 2],
    file: ["1.5gb", 1.5 * 1024 ** 3],
  },
  auth: { preset: [], flag: ["a:b,c:d", ["a:b,c:d"]], env: ["u:p", ["u:p"]], file: ['["u:p", "v:q"]', ["u:p", "v:q"]] },
  authFile: { preset: undefined, flag: ["a", "a"], env: ["/b", "/b"], file: ["./c", "./c"] },
  public: { preset: false, flag: ["true", true], env: ["false", false], file: ["true", true] },
  trustProxy: {
    preset: "0",
    flag: ["2", "2"],
    env: ["loopback", "loopback"],
    file: ["loopback, 10.0.0.0/8", "loopback, 10.0.0.0/8"],
  },
  allowHost: { preset: [], flag: ["A", ["a"]], env: ["a.b, c", ["a.b", "c"]], file: ["[a, b]", ["a", "b"]] },
  allowOrigin: {
    preset: ["local"],
    flag: ["local,HTTPS://Dash.example:443/", ["local", "https://dash.example"]],
    env: ["http://a:1,any", ["http://a:1", "any"]],
    file: ["[]", []],
  },
  allowFrame: {
    preset: ["local"],
    flag: ["", []],
    env: ["http://a:1", ["http://a:1"]],
    file: ["http://[::1]:8123", ["http://[::1]:8123"]],
  },
  tlsSelfSigned: { preset: false, flag: ["false", false], env: ["true", true], file: ["true", true] },
  tlsCert: { preset: undefined, flag: ["a.pem", "a.pem"], env: ["/b", "/b"], file: ["./c", "./c"] },
  tlsKey: { preset: undefined, flag: ["a.key", "a.key"], env: ["/b", "/b"], file: ["./c", "./c"] },
  stateDir: { preset: undefined, flag: ["a", "a"], env: ["/b", "/b"], file: ["./c", "./c"] },
  logLevel: { preset: "info", flag: ["debug", "debug"], env: ["silent", "silent"], file: ["warn", "warn"] },
};

const NAMES = Object.keys(SETTINGS).map(kebabCase).join(", ");
const KNOWN = `A file takes ${NAMES}, cameras, outputs, messages`;

test("the table of settings in this test is whole", () => {
  assert.deepEqual(["config", ...Object.keys(SETTINGS)].sort(), Object.keys(settingsSchema.shape).sort());
});

for (const [key, { preset, flag, env, file }] of Object.entries(SETTINGS)) {
  const name = kebabCase(key);
  test(`${name} has its default, the file's value over it, the environment's over that, and the flag's over all`, async (t) => {
    const setting = async (input: Input) => (await load(input)).settings[key as keyof Config["settings"]];
    const inFile = ["--config", await yaml(t, `${name}: ${file[0]}\n`)];
    const inEnv = { [`STILLSTREAM_${name.replaceAll("-", "_").toUpperCase()}`]: env[0] };
    assert.deepEqual(await setting({}), preset);
    assert.deepEqual(await setting({ args: inFile }), file[1]);
    assert.deepEqual(await setting({ env: inEnv }), env[1]);
    assert.deepEqual(await setting({ args: inFile, env: inEnv }), env[1]);
    assert.deepEqual(await setting({ args: [...inFile, `--${name}=${flag[0]}`], env: inEnv }), flag[1]);
    if (typeof preset === "boolean") return;
    assert.deepEqual(await setting({ args: [...inFile, `--${name}`, flag[0]], env: inEnv }), flag[1]);
  });
}

test("a setting that is on or off needs no value, and takes none from what follows it", async () => {
  const { settings, cameras } = await load({ args: ["--tls-self-signed", "door=fake"] });
  assert.deepEqual([settings.tlsSelfSigned, cameras[0]?.name], [true, "door"]);
  assert.deepEqual(await problemsOf({ args: ["--tls-self-signed=perhaps"] }), [
    '--tls-self-signed: "perhaps" is invalid. It must be true or false.',
  ]);
});

test("the file can be named by the environment, and is overruled by the one of the flag", async (t) => {
  const [one, two] = [await yaml(t, "port: 1"), await yaml(t, "port: 2")];
  assert.equal((await load({ env: { STILLSTREAM_CONFIG: one } })).settings.port, 1);
  assert.equal((await load({ args: ["--config", two], env: { STILLSTREAM_CONFIG: one } })).settings.port, 2);
});

test("an empty variable counts as absent, and the last of a flag given twice wins", async () => {
  const env = { STILLSTREAM_PORT: "", STILLSTREAM_CONFIG: "", CAMERA: " " };
  const { settings, cameras } = await load({ args: ["--title", "a", "--title", "b"], env });
  assert.deepEqual([settings.port, settings.title, cameras[0]?.driver], [8080, "b", "fake"]);
});

test("a file may write a setting in either spelling", async (t) => {
  assert.equal((await load({ args: ["--config", await yaml(t, "maxViewers: 7")] })).settings.maxViewers, 7);
  assert.equal((await load({ args: ["--config", await yaml(t, "max-viewers: 7")] })).settings.maxViewers, 7);
});

test("an option's old name counts for one release, in a file as in a camera string, and is reported", async (t) => {
  const inFile = await yaml(t, "maxViewers: 7\nmax_requests: 5\noutputs: [{ kind: wall, address: 1, maxBytes: 9 }]\n");
  const { settings, outputs, oldNames } = await load({ args: ["a=fake", "--config", inFile] });
  assert.deepEqual([settings.maxViewers, settings.maxRequests, outputs[0]?.options["maxBytes"]], [7, 5, 9]);
  assert.deepEqual(oldNames, [
    { setting: `${inFile}, maxViewers`, name: "maxViewers", current: "max-viewers" },
    { setting: `${inFile}, max_requests`, name: "max_requests", current: "max-requests" },
    { setting: `${inFile}, outputs[0], maxBytes`, name: "maxBytes", current: "max-bytes" },
  ]);
  const current = await load({ args: ["a=fake", "--output=wall:1#max-bytes=9"] });
  assert.deepEqual(current.outputs[0]?.options, outputs[0]?.options);
  assert.deepEqual(current.oldNames, []);
});

test("an option under two names is refused if the values differ, and both are named", async (t) => {
  const inFile = await yaml(t, "max-viewers: 7\nmaxViewers: 8\n");
  assert.deepEqual(
    await problemsOf({ args: ["a=fake", "--config", inFile, "--output=wall:1#max-bytes=9#maxBytes=8"] }),
    [
      `${inFile}, max-viewers: max-viewers and maxViewers differ: max-viewers=7 and maxViewers=8. Give only max-viewers.`,
      '--output wall:1#max-bytes=9#maxBytes=8, max-bytes: max-bytes and maxBytes differ: max-bytes="9" and maxBytes="8". Give only max-bytes.',
    ],
  );
  const same = await load({ args: ["a=fake", "--output=wall:1#max-bytes=9#maxBytes=9"] });
  assert.equal(same.outputs[0]?.options["maxBytes"], 9);
});

test("an empty file is no trouble", async (t) => {
  for (const content of ["", "# nothing yet\n", "---\n"]) {
    const { settings, cameras } = await load({ args: ["--config", await yaml(t, content)] });
    assert.deepEqual([settings.port, cameras[0]?.driver], [8080, "fake"]);
  }
});

test("without any camera there is the fake one, and it says why", async () => {
  const { cameras, chosenBy } = await load({});
  assert.deepEqual(cameras, [
    {
      name: "fake",
      title: "fake",
      driver: "fake",
      lingerMs: 10_000,
      always: false,
      adapts: false,
      stallMs: 10_000,
      options: { fps: 1 },
    },
  ]);
  assert.equal(chosenBy, ": no camera was given or found. See stillstream --help for your own");
});

test("the command line's cameras go before the file's, and those before CAMERA's", async (t) => {
  const env = { CAMERA: "env=fake" };
  const inFile = ["--config", await yaml(t, "cameras: { filed: fake, second: fake }")];
  const chosen = async (input: Input) => {
    const { cameras, chosenBy } = await load(input);
    return [cameras.map(({ name }) => name), chosenBy];
  };
  assert.deepEqual(await chosen({ env }), [["env"], ", from CAMERA"]);
  assert.deepEqual(await chosen({ args: inFile, env }), [["filed", "second"], ", from the file"]);
  assert.deepEqual(await chosen({ args: ["a=fake", ...inFile, "b=fake"], env }), [
    ["a", "b"],
    ", from the command line",
  ]);
});

test("a camerA takes what every camerA takes, and its driver's options, in flags as in both forms of a file", async (t) => {
  const expected = {
    name: "door",
    title: "Front door #1",
    driver: "file",
    lingerMs: 2000,
    always: true,
    adapts: true,
    stallMs: 1500,
    options: { address: "a.mp4", width: 640, loop: true },
  };
  const spec = "file:a.mp4#title=Front%20door%20%231#linger=2s#always#adapt#stall=1500ms#width=640#loop=true";
  assert.deepEqual((await load({ args: [`door=${spec}`] })).cameras, [expected]);
  assert.deepEqual((await load({ env: { CAMERA: `door=${spec}` } })).cameras, [expected]);
  const short = await yaml(t, `cameras: { door: "${spec}" }`);
  assert.deepEqual((await load({ args: ["--config", short] })).cameras, [expected]);
  const long = await yaml(
    t,
    `cameras:
  door:
    driver: file
    address: a.mp4
    title: "Front door #1"
    linger: 2s
    always: true
    adapt: true
    stall: 1500ms
    width: 640
    loop: true
`,
  );
  assert.deepEqual((await load({ args: ["--config", long] })).cameras, [expected]);
});

test("in a file the key is the camera's name, whatever its string says", async (t) => {
  const path = await yaml(t, 'cameras: { yard: "door=fake" }');
  assert.deepEqual(
    (await load({ args: ["--config", path] })).cameras.map(({ name }) => name),
    ["yard"],
  );
});

test("an unnamed camera is called as its driver, then -2 and so on, around names that are taken", async () => {
  const { cameras } = await load({ args: ["fake", "fake", "fake-3=file:a", "fake", "file:b"] });
  assert.deepEqual(
    cameras.map(({ name }) => name),
    ["fake", "fake-2", "fake-3", "fake-4", "file"],
  );
});

test("a camera's linger is that of --linger unless it has its own, and its stall time follows its pace", async () => {
  const args = ["--linger", "3s", "a=fake", "b=fake#linger=0s", "c=fake#fps=0.05", "d=fake#fps=0.05#stall=1s"];
  const { cameras } = await load({ args });
  assert.deepEqual(
    cameras.map(({ lingerMs }) => lingerMs),
    [3000, 0, 3000, 3000],
  );
  assert.deepEqual(
    cameras.map(({ stallMs }) => stallMs),
    [10_000, 10_000, 50_000, 1000],
  );
});

const NAME = "must be 1 to 32 of a-z, 0-9, - and _, and start with a letter or digit";
const DURATION = "must be a duration with its unit, such as 500ms, 10s or 2m";

/** An input that is wrong in one way, and all that is said of it. */
const WRONG: Array<[args: string[], problem: string]> = [
  [["--port", "http"], '--port: "http" is invalid. It must be a whole number from 0 to 65535.'],
  [["--port", "65536"], '--port: "65536" is invalid. It must be a whole number from 0 to 65535.'],
  [["--port=-1"], '--port: "-1" is invalid. It must be a whole number from 0 to 65535.'],
  [["--port", "80.5"], '--port: "80.5" is invalid. It must be a whole number from 0 to 65535.'],
  [["--port", "1e3"], '--port: "1e3" is invalid. It must be a whole number from 0 to 65535.'],
  [["--port="], '--port: "" is invalid. It must be a whole number from 0 to 65535.'],
  [["--port"], "--port: the value is missing. Write it after the option."],
  [["--host="], '--host: "" is invalid. It must be a host name or address.'],
  [["--title", " "], '--title: " " is invalid. It must be a name.'],
  [["--base-path", "cams"], '--base-path: "cams" is invalid. It must be a path, such as /cameras.'],
  [["--base-path", "/a b"], '--base-path: "/a b" is invalid. It must be a path, such as /cameras.'],
  [["--base-path", "//"], '--base-path: "//" is invalid. It must be a path, such as /cameras.'],
  [["--linger", "10"], `--linger: "10" is invalid. It ${DURATION}.`],
  [["--linger", "-1s"], `--linger: "-1s" is invalid. It ${DURATION}.`],
  [["--linger", "10 s"], `--linger: "10 s" is invalid. It ${DURATION}.`],
  [["--linger", "1000h"], `--linger: "1000h" is invalid. It ${DURATION}.`],
  [["--max-viewers", "0"], '--max-viewers: "0" is invalid. It must be a whole number from 1 to 100000.'],
  [["--max-requests", "-1"], '--max-requests: "-1" is invalid. It must be a whole number from 0 to 100000.'],
  [["--max-connections", "9"], '--max-connections: "9" is invalid. It must be a whole number from 10 to 1000000.'],
  [
    ["--log-level", "loud"],
    '--log-level: "loud" is invalid. It must be one of trace, debug, info, warn, error, fatal, silent.',
  ],
  [["--config="], '--config: "" is invalid. It must be a YAML file.'],
  [["--prot=5"], "--prot: there is no such option. See stillstream --help."],
  [["-p"], "-p: there is no such option. See stillstream --help."],
  [["--constructor"], "--constructor: there is no such option. See stillstream --help."],
  [["kinect:0"], 'camera kinect:0, driver: "kinect" is invalid. It must be one of fake, file.'],
  [["toString"], 'camera toString, driver: "toString" is invalid. It must be one of fake, file.'],
  [["Door=fake"], `camera Door=fake, name: "Door" is invalid. It ${NAME}.`],
  [["=fake"], `camera =fake, name: "" is invalid. It ${NAME}.`],
  [[`${"x".repeat(33)}=fake`], `camera ${"x".repeat(33)}=fake, name: "${"x".repeat(33)}" is invalid. It ${NAME}.`],
  [["a=fake", "a=file:b"], 'camera a=file:b, name: "a" is given twice. Give each camera its own name.'],
  [["fake#fps=fast"], 'camera fake#fps=fast, fps: "fast" is invalid. It must be a number above 0 and up to 1000.'],
  [["fake#fps=0"], 'camera fake#fps=0, fps: "0" is invalid. It must be a number above 0 and up to 1000.'],
  [["fake#always=yes"], 'camera fake#always=yes, always: "yes" is invalid. It must be true or false.'],
  [["fake#stall=10"], `camera fake#stall=10, stall: "10" is invalid. It ${DURATION}.`],
  [
    ["fake#paint=red"],
    "camera fake#paint=red, paint: there is no such option. fake takes fps, title, linger, always, adapt, stall.",
  ],
  [
    ["fake:here"],
    "camera fake:here, address: there is no such option. fake takes fps, title, linger, always, adapt, stall.",
  ],
  [["file"], "camera file, address: the value is missing. It must be a file."],
  [["fake#title=%"], 'camera fake#title=%: "fake#title=%" is invalid. It must write a % in title as %25.'],
];

for (const [args, problem] of WRONG) {
  test(`${args.join(" ")} is refused: ${problem}`, async () => {
    assert.deepEqual(await problemsOf({ args }), [problem]);
  });
}

test("line ends and what a terminal would obey are shown for what they are, in one line", async () => {
  assert.deepEqual(await problemsOf({ args: ["--po\nrt=5", "fake:\u001b[2J\r\u007f\u009b\n"] }), [
    "--po\\nrt: there is no such option. See stillstream --help.",
    "camera fake:\\u001b[2J\\u000d\\u007f\\u009b\\n, address: there is no such option. fake takes fps, title, linger, always, adapt, stall.",
  ]);
});

test("a wrong value is named by where it was written", async (t) => {
  const file = await yaml(t, "port: here\ncameras: { a: kinect }");
  assert.deepEqual(await problemsOf({ args: ["--config", file] }), [
    `${file}, port: "here" is invalid. It must be a whole number from 0 to 65535.`,
    `${file}, cameras.a, driver: "kinect" is invalid. It must be one of fake, file.`,
  ]);
  assert.deepEqual(await problemsOf({ env: { STILLSTREAM_MAX_VIEWERS: "many", CAMERA: "fake#" } }), [
    'STILLSTREAM_MAX_VIEWERS: "many" is invalid. It must be a whole number from 1 to 100000.',
    'CAMERA: "fake#" is invalid. It must have option=value after each #.',
  ]);
});

test("everything that is wrong is said at once: flags, environment, file and cameras", async (t) => {
  const file = await yaml(t, "linger: 10\npaint: red\n");
  const args = ["--config", file, "--bogus", "--port", "x", "a=fake#fps=x#y=1", "kinect"];
  assert.deepEqual(await problemsOf({ args, env: { STILLSTREAM_LOG_LEVEL: "loud" } }), [
    "--bogus: there is no such option. See stillstream --help.",
    `${file}, paint: there is no such option. ${KNOWN}.`,
    '--port: "x" is invalid. It must be a whole number from 0 to 65535.',
    `${file}, linger: 10 is invalid. It ${DURATION}.`,
    '--log-level: "loud" is invalid. It must be one of trace, debug, info, warn, error, fatal, silent.'.replace(
      "--log-level",
      "STILLSTREAM_LOG_LEVEL",
    ),
    'camera a=fake#fps=x#y=1, fps: "x" is invalid. It must be a number above 0 and up to 1000.',
    "camera a=fake#fps=x#y=1, y: there is no such option. fake takes fps, title, linger, always, adapt, stall.",
    'camera kinect, driver: "kinect" is invalid. It must be one of fake, file.',
  ]);
});

const MAP = 'must be a map of camera names, such as { door: "picture:/tmp/door.jpg" }';

/** A file that is wrong in one way, and what is said of it after its name. */
const WRONG_FILES: Record<string, string> = {
  "paint: red": `, paint: there is no such option. ${KNOWN}.`,
  "config: other.yaml": `, config: there is no such option. ${KNOWN}.`,
  "__proto__: 5": `, __proto__: there is no such option. ${KNOWN}.`,
  "port: 8080.5": ", port: 8080.5 is invalid. It must be a whole number from 0 to 65535.",
  "port:": ", port: null is invalid. It must be a whole number from 0 to 65535.",
  "host: [a]": ', host: ["a"] is invalid. It must be a host name or address.',
  "base-path: 5": ", base-path: 5 is invalid. It must be a path, such as /cameras.",
  "- 1": ": [1] is invalid. It must have settings as name: value.",
  hello: ': "hello" is invalid. It must have settings as name: value.',
  "cameras:": `, cameras: null is invalid. It ${MAP}.`,
  "cameras: [fake]": `, cameras: ["fake"] is invalid. It ${MAP}.`,
  "cameras: fake": `, cameras: "fake" is invalid. It ${MAP}.`,
  "cameras: {}": ", cameras: {} is invalid. It must name at least one camera.",
  "cameras: { a: 5 }": ", cameras.a: 5 is invalid. It must be a camera string or a map with a driver.",
  "cameras: { a: }": ", cameras.a: null is invalid. It must be a camera string or a map with a driver.",
  "cameras: { a: { fps: 5 } }": ', cameras.a: {"fps":5} is invalid. It must be a camera string or a map with a driver.',
  "cameras: { A: fake }": `, cameras.A, name: "A" is invalid. It ${NAME}.`,
  "cameras: { a: { driver: fake, fps: [1] } }":
    ", cameras.a, fps: [1] is invalid. It must be a number above 0 and up to 1000.",
  "cameras: { a: { driver: file, address: } }": ", cameras.a, address: null is invalid. It must be a file.",
  "port: 1\nport: 2": ": the file is not YAML: Map keys must be unique at line 2, column 1. Correct it there.",
  "port: [":
    ": the file is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 8. Correct it there.",
};

for (const [content, said] of Object.entries(WRONG_FILES)) {
  test(`a file with ${JSON.stringify(content)} is refused in one sentence`, async (t) => {
    const file = await yaml(t, content);
    assert.deepEqual(await problemsOf({ args: ["--config", file] }), [`${file}${said}`]);
  });
}

test("a file with an alias that leads nowhere, or far too many of them, is refused in one sentence", async (t) => {
  const nowhere = await yaml(t, "title: *x");
  assert.match(
    (await problemsOf({ args: ["--config", nowhere] })).join("\n"),
    /^\S+: the file (is not YAML|cannot be read): [^\n]*alias[^\n]*$/i,
  );
  const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(10)}]`);
  const bomb = await yaml(t, ["l0: &l0 [x]", ...levels].join("\n"));
  assert.match(
    (await problemsOf({ args: ["--config", bomb] })).join("\n"),
    /^\S+: the file cannot be read: [^\n]*alias[^\n]*$/i,
  );
});

test("a file in which a list or a map holds itself is refused in one sentence", async (t) => {
  const title = await yaml(t, "title: &t [*t, 1]");
  assert.deepEqual(await problemsOf({ args: ["--config", title] }), [
    `${title}, title: a value that contains itself is invalid. It must be a name.`,
  ]);
  const cameras = await yaml(t, "cameras: &c {door: *c}");
  assert.deepEqual(await problemsOf({ args: ["--config", cameras] }), [
    `${cameras}, cameras.door: a value that contains itself is invalid. It must be a camera string or a map with a driver.`,
  ]);
});

test("a file that is not there, or cannot be read, is named with where that was written", async (t) => {
  assert.deepEqual(await problemsOf({ args: ["--config", "/no/where.yaml"] }), [
    '--config: "/no/where.yaml" does not exist. Name a file that exists.',
  ]);
  assert.deepEqual(await problemsOf({ env: { STILLSTREAM_CONFIG: "/no/where.yaml" } }), [
    'STILLSTREAM_CONFIG: "/no/where.yaml" does not exist. Name a file that exists.',
  ]);
  const folder = temporaryFolder(t);
  assert.match(
    (await problemsOf({ args: ["--config", folder] })).join("\n"),
    /^\S+: the file cannot be read: EISDIR[^\n]*$/,
  );
});

test("whatever the flags, they are accepted or refused by a SetupError", async () => {
  const pieces = [
    "--",
    "-",
    "=",
    "--port",
    "--config",
    "--help",
    "a=fake",
    "--no-port",
    "",
    "--=",
    "-hv",
    "\0",
    "--__proto__",
  ];
  for (const first of pieces) {
    for (const second of pieces) {
      await load({ args: [first, second] }).catch((error: unknown) => {
        assert.ok(error instanceof SetupError, `${JSON.stringify([first, second])}: ${error}`);
      });
    }
  }
});

test("every driver there is describes its options so that a camera can be loaded without them", async () => {
  const problems = new Problems();
  const flags = parseFlags(["fake", "http://10.0.0.8/", "picture:a.jpg", "ffmpeg:a.mp4"], problems);
  const { cameras } = await loadConfig({ flags, env: {}, registries, problems });
  assert.deepEqual(
    cameras.map(({ name }) => name),
    ["fake", "http", "picture", "ffmpeg"],
  );
});

const WALL = {
  camera: "door",
  kind: "wall",
  address: "65432",
  options: { address: { host: "0.0.0.0", port: 65432 }, quality: 80 },
};

test("outputs are given again and again, and belong to the camera they name or to the first", async () => {
  const outputs = ["--output", "wall:65432", "--output=yard=wall:[::1]:7#quality=5"];
  const config = await load({ args: ["door=fake", "yard=fake", ...outputs] });
  const second = {
    camera: "yard",
    kind: "wall",
    address: "[::1]:7",
    options: { address: { host: "::1", port: 7 }, quality: 5 },
  };
  assert.deepEqual(config.outputs, [WALL, second]);
  assert.deepEqual(config.messages, []);
});

test("the file lists outputs and ways of messages, as text or in parts", async (t) => {
  const path = join(temporaryFolder(t), "config.yaml");
  await writeFile(
    path,
    "cameras: { door: fake, yard: fake }\noutputs:\n  - wall:65432\n  - { kind: wall, camera: yard, address: 7 }\nmessages: ['yard=pigeon:6666']\n",
  );
  const config = await load({ args: ["--config", path] });
  assert.deepEqual(config.outputs[0], WALL);
  assert.deepEqual(config.outputs[1]?.options["address"], { host: "0.0.0.0", port: 7 });
  assert.equal(config.outputs[1]?.camera, "yard");
  assert.equal(config.messages[0]?.camera, "yard");
});

test("the command line's outputs replace the environment's, which replaces the file's", async (t) => {
  const path = join(temporaryFolder(t), "config.yaml");
  await writeFile(path, "outputs: ['wall:1']\n");
  const ports = async (input: Input) => (await load(input)).outputs.map(({ address }) => address);
  const args = ["fake", "--config", path];
  assert.deepEqual(await ports({ args }), ["1"]);
  assert.deepEqual(await ports({ args, env: { STILLSTREAM_OUTPUT: "wall:2" } }), ["2"]);
  assert.deepEqual(await ports({ args: [...args, "--output=wall:3"], env: { STILLSTREAM_OUTPUT: "wall:2" } }), ["3"]);
});

test("what is wrong with an output is said with the rule and the value", async () => {
  const args = [
    "door=fake",
    "--output=yard=wall:1",
    "--output=door=moat:1",
    "--output=wall:99999#quality=0#depth=2",
    "--messages",
  ];
  assert.deepEqual(await problemsOf({ args }), [
    "--messages: the value is missing. Write it after the option.",
    '--output yard=wall:1, camera: "yard" is invalid. It must be one of door.',
    '--output door=moat:1, kind of output: "moat" is invalid. It must be one of wall.',
    '--output wall:99999#quality=0#depth=2, address: "99999" is invalid. It must be [host:]port, such as 9999 or 127.0.0.1:9999.',
    '--output wall:99999#quality=0#depth=2, quality: "0" is invalid. It must be a whole number from 1 to 100.',
    "--output wall:99999#quality=0#depth=2, depth: there is no such option. wall takes address, quality, max-bytes.",
  ]);
});

test("names of hosts add up, from flags, with commas, or as a list in the file", async (t) => {
  const { settings } = await load({ args: ["--allow-host", "Cam.example", "--allow-host=a.example,b.example"] });
  assert.deepEqual(settings.allowHost, ["cam.example", "a.example", "b.example"]);
  assert.deepEqual((await load({})).settings.allowHost, []);
  const path = await yaml(t, "allow-host: [cam.example, b.example]\n");
  assert.deepEqual((await load({ args: ["--config", path] })).settings.allowHost, ["cam.example", "b.example"]);
  await assert.rejects(load({ args: ["--allow-host", "http://cam.example"] }), {
    message: '--allow-host: ["http://cam.example"] is invalid. It must be host names, such as cam.example.org.',
  });
});

test("a host is a name or an address, and nothing that would be more in a unit or a command line", async () => {
  for (const host of ["0.0.0.0\nExecStartPre=/bin/sh", "a b", "[::1]", "::1%eth0;", "a\u0000", "http://here"]) {
    const [problem = ""] = await problemsOf({ args: ["--host", host, "a=fake"] });
    assert.match(problem, /^--host: ".*" is invalid\. It must be a host name or address\.$/s);
  }
  for (const host of [
    "localhost",
    "::",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "192.168.0.5",
    "my-host.local",
    "größe.local",
  ]) {
    assert.equal((await load({ args: ["--host", host, "a=fake"] })).settings.host, host);
  }
});
