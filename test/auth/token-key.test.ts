import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTokenKey, readTokenKey } from "../../src/auth/token-key.ts";
import { SetupError } from "../../src/util/errors.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a new key is stored as a line of base64url in token.key, for the owner alone, and read from there", async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await readTokenKey(folder), undefined);
  const key = await createTokenKey(folder);
  assert.equal(key.length, 32);
  const path = join(folder, "token.key");
  assert.equal(readFileSync(path, "utf8"), `${Buffer.from(key).toString("base64url")}\n`);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(await readTokenKey(folder), key);
  assert.notDeepEqual(await createTokenKey(folder), key);
});

test("a key that is not whole is none", async (t) => {
  const folder = temporaryFolder(t);
  for (const bytes of [31, 33]) {
    writeFileSync(join(folder, "token.key"), Buffer.alloc(bytes, 1).toString("base64url"));
    assert.equal(await readTokenKey(folder), undefined);
  }
});

test("a key that cannot be stored is an error that names folder, reason and option", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "token.key"));
  await assert.rejects(createTokenKey(folder), (error: unknown) => {
    assert.ok(error instanceof SetupError);
    assert.equal(
      error.message,
      `cannot save the key of tokens in ${JSON.stringify(folder)}: EISDIR. Name a writable folder by --state-dir.`,
    );
    return true;
  });
});
