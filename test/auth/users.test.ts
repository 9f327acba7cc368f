import assert from "node:assert/strict";
import { test } from "node:test";
import { type PasswordHash, parsePasswordHash } from "../../src/auth/password-hash.ts";
import { TooManyChecks, Users } from "../../src/auth/users.ts";
import { deferred } from "../support/deferred.ts";

function usersOf(hashes: Record<string, PasswordHash>): Users {
  return new Users(
    Object.entries(hashes).map(([name, passwordHash]) => ({ name, passwordHash, storedText: `stored ${name}` })),
  );
}

const plain = (password: string) => parsePasswordHash(password) as PasswordHash;

test("a network is known after it has logged in as that user, with the password that is right", async () => {
  const users = usersOf({ owner: plain("one"), guest: plain("two") });
  assert.equal(users.get("owner")?.storedText, "stored owner");
  assert.equal(await users.check("owner", "two", "10.0.0.5"), false);
  assert.ok(!users.hasLoggedInFrom("owner", "10.0.0.5"));
  assert.ok(!users.isKnownPassword("owner", "one"));
  assert.equal(await users.check("owner", "one", "10.0.0.5"), true);
  assert.ok(users.hasLoggedInFrom("owner", "10.0.0.5"));
  assert.ok(!users.hasLoggedInFrom("owner", "10.0.0.6"));
  assert.ok(!users.hasLoggedInFrom("guest", "10.0.0.5"));
  assert.ok(users.isKnownPassword("owner", "one"));
  assert.ok(!users.isKnownPassword("owner", "two"));
  assert.ok(!users.isKnownPassword("guest", "two"));
});

test("256 networks of a user are known: the oldest makes room", async () => {
  const users = usersOf({ owner: plain("one") });
  for (let index = 0; index < 256; index++) await users.check("owner", "one", `10.0.0.${index}`);
  assert.ok(users.hasLoggedInFrom("owner", "10.0.0.0"));
  await users.check("owner", "one", "10.0.0.255");
  assert.ok(users.hasLoggedInFrom("owner", "10.0.0.0"));
  await users.check("owner", "one", "10.0.1.0");
  assert.ok(!users.hasLoggedInFrom("owner", "10.0.0.0"));
  assert.ok(users.hasLoggedInFrom("owner", "10.0.0.1"));
  assert.ok(users.hasLoggedInFrom("owner", "10.0.1.0"));
});

test("four passwords are checked at a time, and a fifth is refused until one of them is", async () => {
  const checks = [0, 1, 2, 3].map(() => deferred<boolean>());
  const waiting = checks.map(({ promise }) => promise);
  const users = usersOf({ owner: { isPlain: false, matches: () => waiting.shift() ?? Promise.resolve(true) } });
  const results = checks.map(() => users.check("owner", "one", "10.0.0.5"));
  await assert.rejects(users.check("owner", "one", "10.0.0.5"), TooManyChecks);
  checks[0]?.resolve(true);
  assert.equal(await results[0], true);
  assert.equal(await users.check("owner", "one", "10.0.0.5"), true);
  for (const { resolve } of checks) resolve(false);
  assert.deepEqual(await Promise.all(results), [true, false, false, false]);
});

test("an unknown name is checked with the hash of a user, always the same, and never opens anything", async () => {
  const asked: string[] = [];
  const hash = (name: string): PasswordHash => ({ isPlain: false, matches: async () => asked.push(name) > 0 });
  const users = usersOf({ owner: hash("owner"), guest: hash("guest") });
  for (const name of ["a", "a", "b", "c", "d", "e", "f", "g", "h"]) {
    assert.equal(await users.check(name, "any", "10.0.0.5"), false);
    assert.ok(!users.hasLoggedInFrom(name, "10.0.0.5"));
  }
  assert.equal(asked[0], asked[1]);
  assert.equal(await usersOf({}).check("a", "any", "10.0.0.5"), false);
});
