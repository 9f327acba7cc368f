import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stateDirOf } from "../../src/config/state-dir.ts";

const skip = process.platform === "win32" && "Windows has a folder of its own";
const own = join(homedir(), ".local", "state", "stillstream");

test("the folder that is named is taken, else a service manager's, else the user's", { skip }, () => {
  const env = { STATE_DIRECTORY: "/var/lib/stillstream:/var/lib/other", XDG_STATE_HOME: "/home/jo/state" };
  assert.equal(stateDirOf("here", env), "here");
  assert.equal(stateDirOf(undefined, env), "/var/lib/stillstream");
  assert.equal(stateDirOf(undefined, { ...env, STATE_DIRECTORY: "" }), "/home/jo/state/stillstream");
  assert.equal(stateDirOf(undefined, {}), own);
});

test("a relative XDG_STATE_HOME is ignored, as its specification says", { skip }, () => {
  assert.equal(stateDirOf(undefined, { XDG_STATE_HOME: "state" }), own);
});
