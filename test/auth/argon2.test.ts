import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { parsePasswordHash } from "../../src/auth/password-hash.ts";
import { needs } from "../support/tools.ts";

/**
 * Of src/test.c of the reference implementation (phc-winner-argon2), each of “password”; the second
 * without a version.
 */
const REFERENCE = [
  "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
  "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
  "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
];

test("an argon2 hash matches its password alone, as in the reference implementation", async () => {
  for (const hash of REFERENCE) {
    const secret = parsePasswordHash(hash);
    assert.equal(secret?.isPlain, false, hash);
    await secret?.prepare?.();
    assert.equal(await secret?.matches("password"), true, hash);
    // With 64 MB it takes 0.1 s of CPU each time.
    const wrong = hash.includes("m=65536") ? ["Password"] : ["Password", "", hash];
    for (const text of wrong) assert.equal(await secret?.matches(text), false, hash);
  }
});

test("a hash of Debian's argon2 is understood, in any Unicode form of the password", {
  skip: needs("argon2"),
}, async () => {
  for (const kind of ["-id", "-i", "-d"]) {
    const args = ["a salt of its own", kind, "-t", "3", "-m", "12", "-p", "2", "-e"];
    const { stdout } = spawnSync("argon2", args, { input: "Z\u00fcrich: 7", encoding: "utf8" });
    const secret = parsePasswordHash(stdout.trim());
    // An ü in one code point, and in two, as macOS types it.
    assert.equal(await secret?.matches("Z\u00fcrich: 7"), true, stdout);
    assert.equal(await secret?.matches("Zu\u0308rich: 7"), true, stdout);
    assert.equal(await secret?.matches("Zürich: 8"), false, stdout);
  }
});

test("one by argon2 that would cost too much, or is not whole, is refused before anything is computed", () => {
  const [salt, hash] = ["c29tZXNhbHQ", "A".repeat(43)];
  const accepted = [`m=262144,t=16,p=16$${salt}$${hash}`, `m=8,t=1,p=1$${salt}$${hash}`];
  for (const rest of accepted) assert.equal(parsePasswordHash(`$argon2id$v=19$${rest}`)?.isPlain, false, rest);
  const refused = [
    `m=262145,t=1,p=1$${salt}$${hash}`,
    `m=4294967295,t=1,p=1$${salt}$${hash}`,
    `m=65536,t=17,p=1$${salt}$${hash}`,
    `m=65536,t=4294967295,p=1$${salt}$${hash}`,
    `m=65536,t=1,p=17$${salt}$${hash}`,
    `m=65536,t=0,p=1$${salt}$${hash}`,
    `m=65536,t=1,p=0$${salt}$${hash}`,
    `m=31,t=1,p=4$${salt}$${hash}`,
    `m=65536,t=1,p=1$c2FsdA$${hash}`,
    `m=65536,t=1,p=1$${salt}$c2hvcnQ`,
    `m=65536,t=1,p=1$${salt}`,
    `m=65536,t=1,p=1,keyid=AAAA$${salt}$${hash}`,
    `t=1,m=65536,p=1$${salt}$${hash}`,
  ];
  for (const rest of refused) assert.equal(parsePasswordHash(`$argon2id$v=19$${rest}`), undefined, rest);
  const [bytes8, bytes16] = ["A".repeat(11), "A".repeat(22)];
  assert.equal(parsePasswordHash(`$argon2d$m=8,t=1,p=1$${bytes8}$${bytes16}`)?.isPlain, false);
  assert.equal(parsePasswordHash(`$argon2d$m=8,t=1,p=1$${bytes8.slice(1)}$${bytes16}`), undefined);
  assert.equal(parsePasswordHash(`$argon2d$m=8,t=1,p=1$${bytes8}$${bytes16.slice(2)}`), undefined);
  assert.equal(parsePasswordHash(`$argon2d$m=32,t=1,p=4$${bytes8}$${bytes16}`)?.isPlain, false);
  assert.equal(parsePasswordHash(`$argon2x$v=19$m=65536,t=1,p=1$${salt}$${hash}`), undefined);
  assert.equal(parsePasswordHash(`$argon2id$v=18$m=65536,t=1,p=1$${salt}$${hash}`), undefined);
});
