import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { frameHeader } from "../../src/http/live/protocol.ts";
import { buildPart, buildPlaceholderPart } from "../../src/http/streaming/multipart.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { until } from "../support/deferred.ts";
import { libjpegJpeg } from "../support/images/encoded-jpegs.ts";
import { ROOT_URL } from "../support/paths.ts";
import { needs, PYTHON } from "../support/tools.ts";
import { serveLive } from "../support/viewers/live-client.ts";

const page = readFileSync(new URL("docs/reference/live-protocol.md", ROOT_URL), "utf8");

/** Runs the page's example against a server; gives the lines it prints. */
function runExample(t: TestContext, url: string): string[] {
  const [, code = ""] = /```python\n(.*?)```/s.exec(page) ?? assert.fail("the page has no example");
  const { port } = new URL(url);
  const here = code.replace('("192.168.0.5", 8080)', `("127.0.0.1", ${port})`);
  assert.notEqual(here, code);
  const child = spawn(PYTHON, ["-u", "-c", here], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return lines;
}

test("the page's viewer is shown the first camera, at the size that it asks for", {
  skip: needs("python3"),
}, async (t) => {
  const hand = handCamera(t);
  const { url, report } = await serveLive(t, [hand.camera]);
  const lines = runExample(t, url);
  for (const hue of [0, 120, 240]) {
    const count = lines.length;
    await hand.show(await libjpegJpeg({ width: 1280, height: 720, hue }));
    await until("it has that", () => lines.length > count);
  }
  assert.ok(
    lines.every((line, index) => new RegExp(`^frame ${index} \\d+ \\d+ ms$`).test(line)),
    `${lines}`,
  );
  const [viewer] = (await report()).viewers;
  assert.deepEqual([viewer?.framing, viewer?.variant], ["live", "width=640"]);
});

test("the header of a picture has the places and types of the page's table", () => {
  const rows = [...page.matchAll(/^\| (\d+) \| (u8|u16|u32|f64) \|/gm)].map(([, offset, type]) => [offset, type]);
  assert.deepEqual(rows.flat().join(" "), "0 u8 1 u8 2 u16 4 u32 8 f64 16 u32");
  const clock = { at: (moment: number) => 1_795_214_971_000 + moment };
  const frame = buildPart({ jpeg: Buffer.of(1), seq: 2 ** 32 + 5, capturedAt: 0, at: 500.6 });
  const written = Buffer.alloc(20);
  written.writeUInt8(1, 0);
  written.writeUInt16BE(7, 2);
  written.writeUInt32BE(41, 4);
  written.writeDoubleBE(1_795_214_971_500.6, 8);
  written.writeUInt32BE(5, 16);
  assert.deepEqual(frameHeader(7, 41, frame, 9, clock), written);
  const card = buildPlaceholderPart({ jpeg: Buffer.of(1), isSizeGuessed: false, drawnAt: 500.6 });
  written.writeUInt8(1, 1);
  written.writeUInt32BE(9, 16);
  assert.deepEqual(frameHeader(7, 41, card, 9, clock), written);
});
