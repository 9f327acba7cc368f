import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setMaxListeners } from "node:events";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { ImageConverter, type ImageConverterOptions } from "../../../src/jpeg/convert/image-converter.ts";
import { until } from "../../support/deferred.ts";
import { slowSvg } from "../../support/images/bombs.ts";
import { sizeOf } from "../../support/images/layouts.ts";
import { decodersOf } from "../../support/programs/proc.ts";

const skip = process.platform !== "linux" && "looks at processes by /proc";

const PNG = await sharp({ create: { width: 40, height: 20, channels: 3, background: "teal" } })
  .png()
  .toBuffer();
const SLOW = slowSvg();

function converter(t: TestContext, options?: ImageConverterOptions): ImageConverter {
  const one = new ImageConverter(options);
  t.after(() => one.close());
  return one;
}

/**
 * Lists the decoders that were started since: other files' tests may have left an idle one in this
 * process.
 */
function newDecoders(): () => number[] {
  const others = new Set(decodersOf(process.pid));
  return () => decodersOf(process.pid).filter((pid) => !others.has(pid));
}

test("images are converted one at a time, in the order they came, by one process", { skip }, async (t) => {
  const decoders = newDecoders();
  const own = converter(t);
  const order: number[] = [];
  const sizes = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const jpeg = await own.convert(PNG, "png", 90);
      order.push(index);
      return sizeOf(jpeg);
    }),
  );
  assert.deepEqual(sizes, Array(3).fill({ width: 40, height: 20 }));
  assert.deepEqual(order, [0, 1, 2]);
  const [pid, ...others] = decoders();
  assert.deepEqual(others, []);
  await own.convert(PNG, "png", 90);
  assert.deepEqual(decoders(), [pid]);
});

test("an image that takes too long is given up, and the next one is converted", { skip }, async (t) => {
  const own = converter(t, { timeoutMs: 3000 });
  const slow = own.convert(SLOW, "svg", 90);
  const next = own.convert(PNG, "png", 90);
  await assert.rejects(slow, { name: "ImageError", kind: "large", message: "it takes longer to decode than 3 s" });
  assert.deepEqual(sizeOf(await next), { width: 40, height: 20 });
});

test("a decoder that crashes costs one image, in a sentence", { skip }, async (t) => {
  const decoders = newDecoders();
  const own = converter(t);
  await own.convert(PNG, "png", 90);
  const [pid] = decoders();
  const crashed = own.convert(SLOW, "svg", 90);
  const next = own.convert(PNG, "png", 90);
  process.kill(pid as number, "SIGSEGV");
  await assert.rejects(crashed, { name: "ImageError", kind: "damaged", message: /^its decoder ended by SIGSEGV/ });
  assert.deepEqual(sizeOf(await next), { width: 40, height: 20 });
  assert.notEqual(decoders()[0], pid);
});

test("the process ends when it has had nothing to do", { skip }, async (t) => {
  const decoders = newDecoders();
  const own = converter(t, { idleMs: 50 });
  await own.convert(PNG, "png", 90);
  await until("the process ends", () => decoders().length === 0);
  assert.deepEqual(sizeOf(await own.convert(PNG, "png", 90)), { width: 40, height: 20 });
});

test("a hundred images may wait, and one whose source is gone waits no longer", { skip }, async (t) => {
  const own = converter(t);
  const source = new AbortController();
  setMaxListeners(0, source.signal);
  const underWay = own.convert(SLOW, "svg", 90, source.signal);
  const waiting = Array.from({ length: 100 }, () => own.convert(PNG, "png", 90, source.signal));
  await assert.rejects(own.convert(PNG, "png", 90), {
    kind: "busy",
    message: "100 images already wait for conversion",
  });
  source.abort(new Error("The camera is closed"));
  for (const one of [underWay, ...waiting]) await assert.rejects(one, { message: "The camera is closed" });
  const next = own.convert(PNG, "png", 90);
  // The running conversion goes on for an unknown time, so its process is ended here.
  own.close();
  assert.deepEqual(sizeOf(await next), { width: 40, height: 20 });
});

test("each format has its own decoder, and no other is asked", { skip }, async (t) => {
  const own = converter(t);
  await assert.rejects(own.convert(SLOW, "png", 90), { kind: "damaged" });
  await assert.rejects(own.convert(PNG, "svg", 90), { kind: "damaged" });
});

test("where the process cannot be started, the image is refused with the reason, and nothing else fails", {
  skip,
}, async () => {
  const module = JSON.stringify(new URL("../../../src/jpeg/convert/convert.js", import.meta.url).href);
  const png = JSON.stringify(PNG.toString("base64"));
  const code = `
    import { openSync } from "node:fs";
    const { toJpeg } = await import(${module});
    const files = [];
    try { while (true) files.push(openSync("/dev/null")); } catch {}
    await toJpeg(Buffer.from(${png}, "base64")).catch(({ name, kind, message }) => console.log(name, kind, message));`;
  const args = ["--input-type=module", "-e", code];
  const { stdout, stderr } = spawnSync("/bin/sh", ["-c", 'ulimit -n 256; exec "$0" "$@"', process.execPath, ...args], {
    encoding: "utf8",
  });
  assert.match(stdout, /^ImageError busy the process that converts images /, stderr);
});
