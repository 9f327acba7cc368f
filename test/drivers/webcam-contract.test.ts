import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { webcam } from "../../src/drivers/webcam.ts";
import { testDriver } from "../support/driver-contract.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/fakecam.ts";
import { needs } from "../support/tools.ts";

/*
 * The emulator must be in a process from its start. So this file runs itself again, with a camera; what is below "else" is
 * for that run.
 */
if (process.env["FAKECAM_DIR"] === undefined) {
  test("webcam keeps what every driver keeps", { skip: NEEDS_FAKECAM || needs("ffmpeg") }, (t) => {
    const pictures = `${process.cwd()}/public/fake`;
    const camera = fakeCamera(t, { env: { FAKECAM_DIR: pictures } });
    const { NODE_TEST_CONTEXT: _parent, ...env } = process.env;
    const args = ["--import", "tsx", "--test", "--test-reporter=spec", fileURLToPath(import.meta.url)];
    const run = spawnSync(process.execPath, args, { env: { ...env, ...camera.env }, encoding: "utf8" });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    t.diagnostic(/tests \d+/.exec(run.stdout)?.[0] ?? "");
  });
} else {
  testDriver("webcam", webcam, { options: () => ({ address: "/dev/video0" }) });
  testDriver("webcam that encodes", webcam, { options: () => ({ address: "/dev/video0", format: "yuyv" }) });
}
