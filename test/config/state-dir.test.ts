import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stateFolder } from "../../src/config/state-dir.ts";

const skip = process.platform === "win32" && "Windows has a folder of its own";
const own = join(homedir(), ".local", "state", "stillstream");

test("the folder that is named is taken, else a service manager's, else the user's", { skip }, () => {
  const env = { STATE_DIRECTORY: "/var/lib/stillstream:/var/lib/other", XDG_STATE_HOME: "/home/jo/state" };
  assert.equal(stateFolder("here", env), "here");
  assert.equal(stateFolder(undefined, env), "/var/lib/stillstream");
  assert.equal(stateFolder(undefined, { ...env, STATE_DIRECTORY: "" }), "/home/jo/state/stillstream");
  assert.equal(stateFolder(undefined, {}), own);
});

test("a relative XDG_STATE_HOME is ignored, as its specification says", { skip }, () => {
  assert.equal(stateFolder(undefined, { XDG_STATE_HOME: "state" }), own);
});
