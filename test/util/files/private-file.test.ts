import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTokenKey } from "../../../src/auth/token-key.ts";
import { loadStoredCertificate } from "../../../src/tls/certificate-store.ts";
import { writePrivateFile } from "../../../src/util/files/private-file.ts";
import { testFolder } from "../../support/temporary-folder.ts";

const folder = testFolder();

test("a file that cannot be put in place leaves nothing else behind, however often it is tried", async () => {
  const state = join(folder, "failing");
  for (const name of ["token.key", "tls.pem"]) mkdirSync(join(state, name, "in the way"), { recursive: true });
  for (let count = 0; count < 3; count++) {
    await assert.rejects(createTokenKey(state), { name: "SetupError" });
    await assert.rejects(loadStoredCertificate(state, ["localhost"]), { name: "SetupError" });
  }
  assert.deepEqual(readdirSync(state).sort(), ["tls.pem", "token.key"]);
});

test("what a process left that was killed while it wrote is removed, and what another writes now is not", async () => {
  const state = join(folder, "left");
  mkdirSync(state);
  const names = ["a.pem.0123abcd", "a.pem.old", "b.pem.0123abcd"];
  for (const name of [...names, "a.pem.89abcdef"]) writeFileSync(join(state, name), "");
  for (const name of names) utimesSync(join(state, name), 1, 1);
  await writePrivateFile(join(state, "a.pem"), "kept");
  assert.deepEqual(readdirSync(state).sort(), ["a.pem", "a.pem.89abcdef", "a.pem.old", "b.pem.0123abcd"]);
  assert.equal(readFileSync(join(state, "a.pem"), "utf8"), "kept");
});
