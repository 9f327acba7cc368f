import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { registries } from "../../src/app/registries.ts";
import { helpText } from "../../src/config/help.ts";
import { cameraSettingsSchema, settingsSchema } from "../../src/config/schema.ts";
import { kebabCase } from "../../src/options/option-names.ts";
import { integer } from "../../src/options/option-types.ts";

const help = helpText(registries);

/** The help without line breaks: texts are wrapped. */
const words = help.replace(/\s+/g, " ");

test("the help has every setting with what it is, and its default as it would be written", () => {
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    assert.ok(schema.description, key);
    assert.match(help, new RegExp(`^  --${kebabCase(key)} +\\S`, "m"));
    assert.ok(words.includes(schema.description), key);
  }
  assert.match(help, /^ {2}--port .*\n +\(default 8080\)$/m);
  assert.match(help, /^ {2}--linger .*\n.*\(default 10s\)$/m);
  assert.match(help, /^ {2}--host .*\n.*\(default 0\.0\.0\.0\)$/m);
  for (const flag of ["-h, --help", "-v, --version"]) assert.match(help, new RegExp(`^  ${flag} +\\S`, "m"));
});

test("the help has what every camera takes", () => {
  for (const [key, schema] of Object.entries(cameraSettingsSchema.shape)) {
    assert.match(help, new RegExp(`^  ${kebabCase(key)} +\\S`, "m"));
    assert.ok(words.includes(schema.description as string), key);
  }
});

test("the help has every driver, with its address and every option", () => {
  const sections = help.split("\n\n");
  for (const [name, { summary, address, options }] of Object.entries(registries.drivers)) {
    const head = `${name}${address === undefined ? "" : `:${address}`}  ${summary}`;
    const section = sections.find((section) => section.replace(/\s+/g, " ").startsWith(head.replace("  ", " ")));
    assert.ok(section, name);
    const sectionWords = section.replace(/\s+/g, " ");
    for (const [key, option] of Object.entries(options.shape)) {
      if (key === "address") continue;
      assert.match(section, new RegExp(`^  ${kebabCase(key)} +\\S`, "m"));
      assert.ok(sectionWords.includes((option as z.ZodType).description as string), `${name} ${key}`);
    }
  }
});

test("the help is made from the schemas: a new driver is in it without another word", () => {
  const options = z.strictObject({ maxGain: integer(1, 9).prefault(4).describe("how loud") });
  const text = helpText({
    drivers: { theremin: { summary: "pictures from thin air", address: "HAND", options } },
    outputs: {},
    messages: {},
  });
  assert.match(text, /\n\ntheremin:HAND {2}pictures from thin air\n {2}max-gain +how loud \(default 4\)\n(\n|$)/);
});

test("every line of the help fits on a terminal of 80 columns", () => {
  const long = help.split("\n").filter((line) => line.length > 80);
  assert.deepEqual(long, []);
});
