import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { explainError } from "../../../src/drivers/v4l2/explain-error.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const onLinux = process.platform !== "linux" && "looks in /proc";

function failure(code: string): Error {
  return Object.assign(new Error(`VIDIOC_X: ${code}`), { code });
}

test("a missing camera, one that went, and one that is forbidden are told apart", async () => {
  assert.equal(
    (await explainError(failure("ENOENT"), "/dev/video9", "open")).message,
    "There is no camera at /dev/video9",
  );
  assert.equal(
    (await explainError(failure("ENODEV"), "/dev/video9", "stream")).message,
    "The camera at /dev/video9 was unplugged",
  );
  assert.match(
    (await explainError(failure("EACCES"), "/dev/video9", "open")).message,
    /Join the group video by `sudo usermod -aG video /,
  );
  assert.match(
    (await explainError(failure("EINVAL"), "/dev/null", "open")).message,
    /^\/dev\/null does not work as a camera/,
  );
  const stopped = (await explainError(failure("EINVAL"), "/dev/video9", "stream")).message;
  assert.equal(stopped, "The camera at /dev/video9 stopped capturing (VIDIOC_X: EINVAL)");
  assert.match(
    (await explainError(failure("EIO"), "/dev/video9", "stream")).message,
    /stopped answering \(VIDIOC_X: EIO\)/,
  );
});

test("a busy camera says who has it, and leaves this process out", { skip: onLinux }, async (t) => {
  const path = join(temporaryFolder(t), "video0");
  const own = openSync(path, "w");
  t.after(() => closeSync(own));
  assert.match((await explainError(failure("EBUSY"), path, "open")).message, /in use by another program/);

  const script = `require("fs").openSync(${JSON.stringify(path)}); console.log("open"); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ["-e", script]);
  t.after(() => child.kill());
  await once(child.stdout, "data");
  const { message } = await explainError(failure("EBUSY"), path, "open");
  assert.equal(message, `The camera at ${path} is in use by node (process ${child.pid}). Close that first.`);
});

test("an error that is no system call's stays as it is", async () => {
  const error = new Error("something else");
  assert.equal(await explainError(error, "/dev/video0", "open"), error);
});
