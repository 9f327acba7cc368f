import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { webcam } from "../../../src/drivers/webcam/webcam.ts";
import { testDriver } from "../../support/cameras/driver-contract.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../../support/cameras/fakecam.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs, pathOf } from "../../support/tools.ts";

/*
 * The emulator must be in a process from its start. So this file runs itself again,
 * with a camera; what is below "else" is for that run, and the name of a camera's
 * ways tells which.
 */
const WAYS = process.env["TEST_WEBCAM_WAYS"];

if (WAYS === undefined) {
  const folder = testFolder();

  test("webcam keeps what every driver keeps", { skip: NEEDS_FAKECAM || needs("ffmpeg") }, (t) => {
    runAgain(t, "usual", {});
  });

  test("webcam without ffmpeg keeps it too", { skip: NEEDS_FAKECAM || needs("fswebcam") }, (t) => {
    const path = join(folder, "fswebcam-alone");
    mkdirSync(path);
    symlinkSync(pathOf("fswebcam"), join(path, "fswebcam"));
    runAgain(t, "snapshots", { PATH: path, FAKECAM_RAW: "1" });
  });
} else if (WAYS === "usual") {
  testDriver("webcam", webcam, { options: () => ({ address: "/dev/video0" }) });
  testDriver("webcam that encodes", webcam, { options: () => ({ address: "/dev/video0", format: "yuyv" }) });
} else {
  testDriver("webcam by snapshots", webcam, { options: () => ({ address: "/dev/video0" }) });
}

function runAgain(t: TestContext, ways: string, camera: Record<string, string>): void {
  const { env } = fakeCamera(t, { env: { FAKECAM_DIR: `${process.cwd()}/public/fake`, ...camera } });
  const { NODE_TEST_CONTEXT: _parent, ...own } = process.env;
  const args = ["--test", "--test-reporter=spec", fileURLToPath(import.meta.url)];
  const run = spawnSync(process.execPath, args, { env: { ...own, ...env, TEST_WEBCAM_WAYS: ways }, encoding: "utf8" });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  t.diagnostic(/tests \d+/.exec(run.stdout)?.[0] ?? "");
}
