import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mountOf } from "../../../src/util/files/mounts.ts";
import { readSettingsFile } from "../../../src/util/files/settings-files.ts";
import { testFolder } from "../../support/temporary-folder.ts";

/** On a file system of its own on every Linux (sysfs(5)). */
const MOUNTED = "/sys/kernel/uevent_seqnum";

test("a file of settings is read, and what is wrong has the system's code, on a mounted file system too", async (t) => {
  const path = join(testFolder(), "stillstream.yaml");
  writeFileSync(path, "port: 8080\n");
  assert.equal(await readSettingsFile(path), "port: 8080\n");
  await assert.rejects(readSettingsFile(`${path}.not`), { code: "ENOENT" });
  if (!existsSync(MOUNTED)) {
    t.diagnostic("there is no sysfs");
    return;
  }
  assert.notEqual(mountOf(MOUNTED), undefined);
  assert.equal(await readSettingsFile(MOUNTED), readFileSync(MOUNTED, "utf8"));
  await assert.rejects(readSettingsFile(`${MOUNTED}.not`), { code: "ENOENT" });
  await assert.rejects(readSettingsFile("/sys/kernel"), { code: "EISDIR" });
});
