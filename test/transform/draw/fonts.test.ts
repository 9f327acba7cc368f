import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const SOURCE = new URL("../../../src/transform/draw/text.js", import.meta.url).href;

/**
 * Draws text in a process of its own, since fontconfig is set up once in each; gives what was drawn
 * and complained of.
 */
function drawAlone(env: Readonly<Record<string, string>>, text = "Gate <5>") {
  const script = `
    const { drawText } = await import(${JSON.stringify(SOURCE)});
    const options = { size: 24, maxWidth: 400, maxHeight: 100, color: "#ffffff" };
    const pixels = await drawText({ ...options, text: ${JSON.stringify(text)} });
    const { FONTCONFIG_FILE } = process.env;
    process.stdout.write(JSON.stringify([pixels.width, pixels.data.toString("base64"), FONTCONFIG_FILE ?? null]));`;
  const { PATH } = process.env;
  const args = ["--input-type=module", "-e", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: { PATH, ...env } as NodeJS.ProcessEnv });
  assert.deepEqual([status, String(stderr)], [0, ""]);
  return JSON.parse(String(stdout)) as [width: number, pixels: string, fontconfigFile: string | null];
}

test("text is drawn the same, without a complaint, wherever fontconfig finds nothing", (t) => {
  const [width, pixels] = drawAlone({ XDG_CACHE_HOME: temporaryFolder(t) });
  assert.ok(width > 60);
  const NOWHERE = "/dev/null/nowhere";
  for (const env of [
    {},
    { HOME: NOWHERE, FONTCONFIG_FILE: "/nonexistent/fonts.conf", FONTCONFIG_PATH: "/nonexistent" },
  ]) {
    const [otherWidth, otherPixels, file] = drawAlone(env);
    assert.deepEqual([otherWidth, otherPixels === pixels], [width, true], JSON.stringify(env));
    assert.equal(
      file,
      (env as { FONTCONFIG_FILE?: string }).FONTCONFIG_FILE ?? null,
      "programs we start see no change",
    );
  }
});

test("letters that no font has come out as boxes, and without a complaint", () => {
  const [width] = drawAlone({ HOME: "/dev/null" }, "前门");
  assert.ok(width > 20);
});

test("the system's fonts are looked through once, where that can be remembered", {
  skip: process.platform !== "linux" && "looks for Linux's fonts",
}, (t) => {
  const cache = temporaryFolder(t);
  drawAlone({ XDG_CACHE_HOME: cache });
  assert.deepEqual(readdirSync(cache), ["fontconfig"]);
  const before = readdirSync(join(cache, "fontconfig")).sort();
  drawAlone({ XDG_CACHE_HOME: cache });
  assert.deepEqual(readdirSync(join(cache, "fontconfig")).sort(), before);
});
