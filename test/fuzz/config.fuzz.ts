import assert from "node:assert/strict";
import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { registries } from "../../src/app/registries.ts";
import { parseCameraString } from "../../src/config/camera-string.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Problems } from "../../src/config/problems.ts";
import type { Config } from "../../src/config/schema.ts";
import { SetupError } from "../../src/util/errors.ts";
import { COSTLY_RUNS, FUZZ_RUNS, FUZZ_TIMEOUT } from "../support/fuzz.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const options = { numRuns: FUZZ_RUNS };

const DRIVERS = Object.keys(registries.drivers);

/** Values that are right for some setting, at the edge of one, or empty. */
const text = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      "0",
      "8080",
      "65536",
      "-1",
      "1e3",
      "true",
      "false",
      "10s",
      "0s",
      "999h",
      "500 ms",
      "any",
      "loopback",
      "100",
    ],
    ...[
      "/cameras/",
      "jo:right",
      "$scrypt$ln=1,r=1,p=1$a$b",
      "https://dash.example.org",
      "127.0.0.1:9999",
      "[::1]:0",
      ":",
    ],
    ...["//jo:secret@door/stream", "//[", "%", "%ff", "a,b", "constructor", "__proto__", "\ud800", "\u0007"],
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const key = fc.oneof(
  fc.constantFrom(
    "fps",
    "width",
    "title",
    "linger",
    "stall",
    "always",
    "protocol",
    "allow",
    "address",
    "constructor",
    "__proto__",
    "toString",
  ),
  text,
);
const camera = fc.oneof(
  fc
    .tuple(
      fc.option(fc.oneof(fc.constantFrom("door", "yard", "__proto__"), text)),
      fc.oneof(fc.constantFrom(...DRIVERS), text),
      fc.option(text),
      fc.array(fc.tuple(key, fc.option(text)), { maxLength: 3 }),
    )
    .map(([name, driver, address, pairs]) => {
      const options = pairs.map(([key, value]) => (value === null ? `#${key}` : `#${key}=${value}`));
      return `${name === null ? "" : `${name}=`}${driver}${address === null ? "" : `:${address}`}${options.join("")}`;
    }),
  text,
);
const FLAGS = [
  "port",
  "host",
  "title",
  "base-path",
  "linger",
  "max-viewers",
  "auth",
  "public",
  "trust-proxy",
  "allow-host",
  "allow-origin",
  "allow-frame",
  "log-level",
  "output",
  "messages",
  "constructor",
  "__proto__",
  "help",
  "no-public",
];
const argument = fc.oneof(
  camera,
  fc
    .tuple(fc.constantFrom(...FLAGS), fc.option(fc.oneof(text, camera)))
    .map(([flag, value]) => `--${flag}${value === null ? "" : `=${value}`}`),
  fc.constantFrom("--", "-", "-h", "-v", "-p", "--=", "---"),
);

/** Loads a configuration; an error must be lines of plain words. */
async function load(argv: readonly string[], env: Record<string, string> = {}): Promise<Config | undefined> {
  const problems = new Problems();
  try {
    return await loadConfig({ flags: parseFlags(argv, problems), env, registries, problems });
  } catch (error) {
    assert.ok(error instanceof SetupError, String((error as Error).stack));
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /^(these settings are wrong:(\n {2}[^\n]+){2,}|[^\n]+)$/);
    assert.doesNotMatch(error.message.replaceAll("\n", ""), /\p{Cc}/u, "A terminal would obey it.");
    return undefined;
  }
}

/** Asserts what must hold for every accepted configuration. */
function assertSound({ settings, cameras, outputs }: Config): void {
  assert.ok(settings.port >= 0 && settings.port <= 65_535 && settings.maxViewers >= 1);
  assert.ok(cameras.length > 0);
  assert.equal(new Set(cameras.map(({ name }) => name)).size, cameras.length);
  for (const { name, driver, lingerMs, stallMs } of cameras) {
    assert.match(name, /^[a-z0-9][a-z0-9_-]*$/);
    assert.ok(DRIVERS.includes(driver));
    for (const ms of [lingerMs, stallMs]) assert.ok(ms >= 0 && ms <= 2 ** 31 - 1);
  }
  for (const { camera } of outputs) assert.ok(cameras.some(({ name }) => name === camera));
}

test("any camera string is parsed without a loss, or refused in words", FUZZ_TIMEOUT, () => {
  const property = fc.property(camera, (spec) => {
    try {
      const { name, driver, options } = parseCameraString(spec);
      assert.ok(driver !== "" && !/[:#]/.test(driver));
      const pairs = Object.entries(options).filter(([key]) => key !== "address");
      // Unpaired surrogates cannot be percent-encoded.
      if (/\p{Cs}/u.test(spec)) return;
      const written = pairs.map(([key, value]) => `#${key}=${encodeURIComponent(String(value))}`).join("");
      const head = `${name === undefined ? "" : `${name}=`}${driver}${"address" in options ? `:${options["address"]}` : ""}`;
      assert.deepEqual(parseCameraString(head + written), { name, driver, options });
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.match(String(error), /^Error: must [^\n]+/);
    }
  });
  fc.assert(property, options);
});

test("any command line and environment are settings within bounds, or refused in words", FUZZ_TIMEOUT, async () => {
  const env = fc.dictionary(
    fc.constantFrom("CAMERA", "STILLSTREAM_PORT", "STILLSTREAM_OUTPUT", "STILLSTREAM_ALLOW_ORIGIN"),
    fc.oneof(text, camera),
    { maxKeys: 2 },
  );
  const property = fc.asyncProperty(fc.array(argument, { maxLength: 5 }), env, async (argv, env) => {
    // The test below reads files.
    const config = await load(
      argv.filter((argument) => !argument.startsWith("--config")),
      env,
    );
    if (config !== undefined) assertSound(config);
  });
  await fc.assert(property, { numRuns: COSTLY_RUNS });
});

/** YAML that JSON cannot express, and what looks like YAML. */
const oddYaml = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          "port: 8080\n",
          "cameras:\n",
          "  door: fake\n",
          "  door: &a {driver: fake, fps: 5}\n",
          "  yard: *a\n",
          "  yard: *b\n",
          "outputs: [",
          "]\n",
        ],
        ...[
          "a: &a [*a]\n",
          "cameras: &c {door: *c}\n",
          "title: &t [*t, 1]\n",
          "title: !!binary aGVsbG8=\n",
          "port: !!int '8080'\n",
          "? [a, b]\n: c\n",
          "<<: *a\n",
        ],
        ...[
          "title: 2026-11-28\n",
          "title: .nan\n",
          "port: 0x1f90\n",
          "port: 99999999999999999999\n",
          "---\n",
          "...\n",
          "%YAML 1.1\n",
          "title: |\n  two\n  lines\n",
          "\t",
          "\0",
          "\ufeff",
          "- a\n",
          "{",
          "}",
          "!x y\n",
        ],
      ),
      fc.string({ unit: "binary", maxLength: 10 }),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(""));
/** Settings of any type, with right and wrong names. */
const settings = fc.dictionary(
  fc.oneof(fc.constantFrom(...FLAGS, "cameras", "outputs", "maxViewers"), text),
  fc.oneof(
    text,
    camera,
    fc.jsonValue({ maxDepth: 2 }),
    fc.dictionary(text, fc.oneof(camera, fc.jsonValue({ maxDepth: 1 })), { maxKeys: 2 }),
    fc.array(camera, { maxLength: 2 }),
  ),
  { maxKeys: 3 },
);

test("any file is settings within bounds, or refused in words", FUZZ_TIMEOUT, async (t) => {
  const folder = temporaryFolder(t);
  let written = 0;
  const property = fc.asyncProperty(
    fc.oneof(
      oddYaml,
      settings.map((settings) => stringify(settings)),
      fc.json(),
    ),
    async (yaml) => {
      // A new file each time: if a file is overwritten, ext4 waits for the disk.
      const path = join(folder, `${written++}.yaml`);
      writeFileSync(path, yaml);
      const config = await load(["--config", path]);
      unlinkSync(path);
      if (config !== undefined) assertSound(config);
    },
  );
  await fc.assert(property, { numRuns: COSTLY_RUNS });
});

test("a file that is nested too deep, or grows when its aliases are expanded, is refused in words", async (t) => {
  const path = join(temporaryFolder(t), "config.yaml");
  const doubling = Array.from({ length: 40 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`);
  const files = [
    "[".repeat(20_000),
    `title: ${"[".repeat(5000)}${"]".repeat(5000)}`,
    `title: ${"{a: ".repeat(20_000)}`,
    ["a0: &a0 [x]", ...doubling].join("\n"),
  ];
  for (const yaml of files) {
    writeFileSync(path, yaml);
    assert.equal(await load(["--config", path]), undefined);
  }
});
