import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { test } from "node:test";
import { hashPassword, parsePasswordHash } from "../../src/auth/password-hash.ts";

test("a hash matches its password alone, and is another each time", async () => {
  const hash = await hashPassword("Zürich: 7");
  assert.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  const secret = parsePasswordHash(hash);
  assert.equal(secret?.isPlain, false);
  assert.equal(await secret?.matches("Zürich: 7"), true);
  assert.equal(await secret?.matches("Zürich: 8"), false);
  assert.notEqual(await hashPassword("Zürich: 7"), hash);
});

test("a password is the same in any Unicode form, and no other text is", async () => {
  // Cheap to check.
  const key = scryptSync("Z\u00fcrich: 7", "salt", 32, { N: 16, r: 1, p: 1 });
  const hash = `$scrypt$ln=4,r=1,p=1$c2FsdA$${key.toString("base64").slice(0, -1)}`;
  const secret = parsePasswordHash(hash);
  // An ü in one code point, and in two, as macOS types it.
  assert.equal(await secret?.matches("Z\u00fcrich: 7"), true);
  assert.equal(await secret?.matches("Zu\u0308rich: 7"), true);
  for (const wrong of ["Zürich: 8", "Zurich: 7", "", hash]) assert.equal(await secret?.matches(wrong), false);
});

test("a hash of another program is understood", async () => {
  // The second test vector of RFC 7914, 12, its first 32 bytes.
  const key = Buffer.from("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", "hex");
  const phc = `$scrypt$ln=10,r=8,p=16$${Buffer.from("NaCl").toString("base64").replace(/=+$/, "")}$${key.toString("base64").replace(/=+$/, "")}`;
  assert.equal(await parsePasswordHash(phc)?.matches("password"), true);
  assert.equal(await parsePasswordHash(phc)?.matches("Password"), false);
});

test("other text is a password, and text that looks like a hash but cannot be checked is refused", async () => {
  assert.equal(parsePasswordHash("$ecret")?.isPlain, true);
  assert.equal(await parsePasswordHash("$ecret")?.matches("$ecret"), true);
  const refused = [
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
    "$argon2id$plugh",
    "$scrypt$ln=15,r=8,p=3$c2FsdA",
    "$scrypt$ln=15,r=8,p=3$c2FsdA$c2hvcnQ",
    `$scrypt$ln=30,r=8,p=1$c2FsdA$${"A".repeat(43)}`,
    `$scrypt$ln=0,r=8,p=1$c2FsdA$${"A".repeat(43)}`,
    // With an r of 1 there is no N of 2^16 and above (RFC 7914, 2): to check a password by it would
    // fail each time.
    `$scrypt$ln=16,r=1,p=1$c2FsdA$${"A".repeat(43)}`,
    `$scrypt$ln=10,r=8,p=99$c2FsdA$${"A".repeat(43)}`,
    `$scrypt$ln=10,r=8,p=0$c2FsdA$${"A".repeat(43)}`,
    `$scrypt$ln=10,r=8,p=17$c2FsdA$${"A".repeat(43)}`,
    `$scrypt$ln=10,r=8,p=1$c2FsdA$${"A".repeat(20)}`,
    `$scrypt$ln=10,r=8,p=1$c2FsdA$${"A".repeat(43)} `,
    `$scrypt$ln=18,r=9,p=1$c2FsdA$${"A".repeat(43)}`,
    "$2b$12$abcdefghijklmnopqrstuv",
  ];
  for (const text of refused) assert.equal(parsePasswordHash(text), undefined, text);
  const accepted = ["ln=1,r=1,p=1", "ln=15,r=1,p=1", "ln=10,r=8,p=16", "ln=18,r=8,p=1"];
  for (const cost of accepted) {
    assert.equal(parsePasswordHash(`$scrypt$${cost}$c2FsdA$${"A".repeat(22)}`)?.isPlain, false, cost);
  }
  const [bare, within] = ["$scrypt$ln=15,r=8,p=3$", "x$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$"];
  assert.equal(parsePasswordHash(bare), undefined);
  assert.equal(parsePasswordHash(`${within}${"A".repeat(43)}`)?.isPlain, true);
});
