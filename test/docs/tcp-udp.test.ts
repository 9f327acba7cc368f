import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tcpListen as tcpListenDriver } from "../../src/drivers/tcp-listen.ts";
import { tcpListen as tcpListenOutput } from "../../src/outputs/tcp-listen.ts";
import { helloNumbers } from "../../src/protocols/client-hello.ts";
import { HEADER_LAYOUTS, packHeader } from "../../src/protocols/frame-header.ts";
import { watchedCamera } from "../support/cameras/watched-camera.ts";
import { portOf, watchedOutput } from "../support/cameras/watched-output.ts";
import { until } from "../support/deferred.ts";
import { ROOT_URL } from "../support/paths.ts";
import { needs, PYTHON } from "../support/tools.ts";

const page = readFileSync(new URL("docs/reference/tcp-udp.md", ROOT_URL), "utf8");
const skip = needs("python3");

/** The page's example in Python that has this in it. */
function example(mark: string): string {
  const examples = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, code = ""]) => code);
  return examples.find((code) => code.includes(mark)) ?? assert.fail(`no example has ${mark}`);
}

/** Runs an example in the folder of the fake camera's pictures; gives the lines it prints. */
function runExample(code: string) {
  const cwd = fileURLToPath(new URL("public/fake/", ROOT_URL));
  const child = spawn(PYTHON, ["-u", "-c", code], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { lines, closed: once(child, "close"), end: () => child.kill("SIGKILL") };
}

test("the bytes of hellos and headers are those of the page", () => {
  for (const layout of HEADER_LAYOUTS) {
    const [, line = ""] = new RegExp(`^${layout} +(.*)$`, "m").exec(page) ?? [];
    const [hello, header] = [
      packHeader(layout, helloNumbers({ fps: 15, width: 640, height: 480 })),
      packHeader(layout, { long: 81_234, width: 640, height: 480 }),
    ];
    const written =
      layout === "text"
        ? [...line.matchAll(/"([^"]+)"/g)].map(([, text = ""]) => Buffer.from(text))
        : line.split(/ {3,}/).map((hex) => Buffer.from(hex.replaceAll(" ", ""), "hex"));
    assert.deepEqual(written, [hello, header], layout);
  }
});

test("the page's sender is greeted and shown", { skip }, async (t) => {
  const camera = watchedCamera(t, tcpListenDriver, { address: "127.0.0.1:0" });
  const port = /\d+$/.exec(await camera.heard(/Waiting for a publisher/))?.[0];
  const { lines, closed } = runExample(example("1.jpg").replace('("192.168.0.5", 9000)', `("127.0.0.1", ${port})`));
  await camera.shown(2);
  await closed;
  assert.deepEqual(lines, ["stillstream: connected"]);
});

test("the page's client gets pictures as it asks for them", { skip }, async (t) => {
  const output = watchedOutput(t, tcpListenOutput, { address: "127.0.0.1:0", protocol: "negotiated" });
  const code = example("struct.Struct")
    .replace('("192.168.0.5", 8880)', `("127.0.0.1", ${await portOf(output)})`)
    .replace("jpeg = stream.read(length)", "jpeg = stream.read(length); print(len(jpeg) == length, width, height)");
  const { lines, end } = runExample(code);
  t.after(end);
  await until("it has some", () => lines.length >= 3);
  assert.ok(lines.every((line) => line === "True 640 480"));
});
