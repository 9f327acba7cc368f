import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as abi from "../../../src/drivers/v4l2/abi.ts";
import { fourcc, fourccName, type Layout } from "../../../src/drivers/v4l2/struct.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";

const skip =
  process.platform !== "linux" || !abi.ARCHITECTURES.includes(process.arch)
    ? "V4L2 is not spoken directly here"
    : needs("cc", "gcc libc6-dev");

/** The value of each C expression, by the kernel's own headers. */
function evaluate(folder: string, expressions: readonly string[]): number[] {
  const source = join(folder, "numbers.c");
  const lines = expressions.map((expression) => `printf("%llu\\n", (unsigned long long)(${expression}));`);
  const includes = ["stddef.h", "stdio.h", "fcntl.h", "sys/mman.h", "linux/videodev2.h"];
  const head = includes.map((name) => `#include <${name}>`).join("\n");
  writeFileSync(source, `${head}\nint main(void) {\n${lines.join("\n")}\nreturn 0;\n}\n`);
  const program = join(folder, "numbers");
  execFileSync("cc", ["-o", program, source]);
  return execFileSync(program, { encoding: "utf8" }).trim().split("\n").map(Number);
}

test("structures, requests and constants are those of the kernel's headers", { skip }, (t) => {
  const layouts = (Object.values(abi) as unknown[]).filter(
    (value): value is Layout => typeof value === "object" && value !== null && "fields" in value,
  );
  assert.ok(layouts.length > 10);
  const expected = new Map<string, number>();
  for (const { name, size, fields } of layouts) {
    const type = name === "int" ? name : name === "v4l2_buf_type" ? `enum ${name}` : `struct ${name}`;
    expected.set(`sizeof(${type})`, size);
    if (!type.startsWith("struct")) continue;
    for (const [field, offset] of Object.entries(fields)) expected.set(`offsetof(${type}, ${field})`, offset);
  }
  for (const [name, number] of Object.entries(abi.VIDIOC)) expected.set(`VIDIOC_${name}`, number);
  for (const [name, number] of Object.entries(abi.V4L2)) expected.set(`V4L2_${name}`, number);
  expected.set("(unsigned)V4L2_PIX_FMT_MJPEG", fourcc("MJPG"));
  expected.set("(unsigned)V4L2_PIX_FMT_YUYV", fourcc("YUYV"));
  expected.set("(unsigned)V4L2_PIX_FMT_Y16", fourcc("Y16"));

  const found = evaluate(temporaryFolder(t), [...expected.keys()]);
  assert.deepEqual(new Map([...expected.keys()].map((key, index) => [key, found[index]])), expected);
});

test("a four-character code reads as it is written, big-endian variants included", () => {
  assert.equal(fourccName(fourcc("MJPG")), "MJPG");
  assert.equal(fourccName(fourcc("Y16")), "Y16");
  assert.equal(fourccName((fourcc("Y16") | 0x8000_0000) >>> 0), "Y16");
});
