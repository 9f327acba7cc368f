import assert from "node:assert/strict";
import { test } from "node:test";
import { Logins } from "../../src/auth/logins.ts";
import { type PasswordHash, parsePasswordHash } from "../../src/auth/password-hash.ts";
import { TooManyChecks, Users } from "../../src/auth/users.ts";
import { deferred } from "../support/deferred.ts";
import { virtualTime } from "../support/virtual-time.ts";

const RIGHT = "correct horse";
const [HOME, ATTACKER] = ["10.0.0.5", "10.0.0.66"];

function loginsOf(
  passwordHash: PasswordHash = parsePasswordHash(RIGHT) as PasswordHash,
  others: Record<string, PasswordHash> = {},
) {
  const users = Object.entries({ owner: passwordHash, ...others });
  return new Logins(new Users(users.map(([name, own]) => ({ name, passwordHash: own, storedText: name }))));
}

async function guess(logins: Logins, times: number, address: string, start = 0) {
  for (let count = 0; count < times; count++) await logins.logIn("owner", `guess ${start + count}`, address);
}

test("a locked-out network that never logged in gets the same answer to the right password as to a wrong one", async (t) => {
  const time = virtualTime(t);
  const looked: string[] = [];
  const passwordHash = {
    isPlain: false,
    matches: async (password: string) => looked.push(password) > 0 && password === RIGHT,
  };
  const logins = loginsOf(passwordHash);
  assert.deepEqual(await logins.logIn("owner", RIGHT, HOME), { isRight: true });
  await guess(logins, 10, ATTACKER);
  looked.length = 0;
  await time.advance(9500);
  for (const address of [ATTACKER, `::ffff:${ATTACKER}`, "::ffff:a00:42", `${ATTACKER}:50000`]) {
    for (const password of [RIGHT, "wrong", ""]) {
      assert.deepEqual(await logins.logIn("owner", password, address), { waitS: 51 }, `${address} ${password}`);
    }
  }
  assert.deepEqual(looked, []);
  assert.deepEqual(await logins.logIn("owner", RIGHT, HOME), { isRight: true });
  await time.advance(50_500);
  assert.deepEqual(await logins.logIn("owner", RIGHT, ATTACKER), { isRight: true });
});

test("a locked-out network can still use the password of a user that it logged in as before", async () => {
  const logins = loginsOf(undefined, { guest: parsePasswordHash("guest's") as PasswordHash });
  await logins.logIn("owner", RIGHT, HOME);
  await logins.logIn("guest", "guest's", ATTACKER);
  await guess(logins, 10, HOME);
  await guess(logins, 10, ATTACKER);
  assert.deepEqual(await logins.logIn("owner", RIGHT, HOME), { isRight: true });
  assert.deepEqual(await logins.logIn("guest", "guest's", ATTACKER), { isRight: true });
  assert.ok("waitS" in (await logins.logIn("owner", RIGHT, ATTACKER)));
});

test("a hundred different wrong passwords from the network of a user, and the right one counts for nothing too", async () => {
  const logins = loginsOf();
  await logins.logIn("owner", RIGHT, HOME);
  await guess(logins, 10, HOME);
  // A program that was set up wrongly says the same again and again.
  for (let count = 0; count < 200; count++) await logins.logIn("owner", "old password", HOME);
  await guess(logins, 98, HOME, 100);
  assert.deepEqual(await logins.logIn("owner", RIGHT, HOME), { isRight: true });
  await guess(logins, 1, HOME, 1000);
  assert.ok("waitS" in (await logins.logIn("owner", RIGHT, HOME)));
});

test("while all checks are busy, nothing tells the right password of a new network from a wrong one", async () => {
  const busy = deferred<boolean>();
  const secret = { isPlain: false, matches: async (password: string) => (password === RIGHT ? true : busy.promise) };
  const logins = loginsOf(secret);
  await logins.logIn("owner", RIGHT, HOME);
  const slow = ["1", "2", "3", "4"].map((password) => logins.logIn("owner", password, "10.0.0.7"));
  await assert.rejects(logins.logIn("owner", RIGHT, ATTACKER), TooManyChecks);
  await assert.rejects(logins.logIn("owner", "wrong", ATTACKER), TooManyChecks);
  busy.resolve(false);
  await Promise.all(slow);
  assert.deepEqual(await logins.logIn("owner", RIGHT, ATTACKER), { isRight: true });
});

test("guesses at the same time count before the first is answered", async () => {
  const busy = deferred<boolean>();
  const logins = loginsOf({ isPlain: false, matches: () => busy.promise });
  const tries = Array.from({ length: 40 }, (_, count) => logins.logIn("owner", `${count}`, ATTACKER));
  busy.resolve(false);
  const answers = await Promise.allSettled(tries);
  assert.equal(answers.filter((answer) => answer.status === "fulfilled" && "isRight" in answer.value).length, 4);
  await guess(logins, 6, ATTACKER);
  assert.ok("waitS" in (await logins.logIn("owner", RIGHT, ATTACKER)));
});

test("twenty requests at once with the right password cost one check", async () => {
  let checks = 0;
  const logins = loginsOf({ isPlain: false, matches: async (password) => ++checks > 0 && password === RIGHT });
  const all = await Promise.all(Array.from({ length: 20 }, () => logins.logIn("owner", RIGHT, HOME)));
  assert.ok(all.every((login) => "isRight" in login && login.isRight));
  assert.equal(checks, 1);
});

test("unknown names cost what those of users do, of every kind of hash", async () => {
  const asked = new Map<string, string>();
  let name = "";
  const secretOf = (kind: string) => ({
    isPlain: false,
    matches: async () => {
      asked.set(name, kind);
      return false;
    },
  });
  const logins = loginsOf(secretOf("scrypt"), { jo: secretOf("argon2") });
  const check = async (of: string) => {
    name = of;
    await logins.logIn(of, RIGHT, `10.1.${asked.size >> 8}.${asked.size & 255}`);
    return asked.get(of);
  };
  assert.equal(await check("owner"), "scrypt");
  assert.equal(await check("jo"), "argon2");
  const kinds = new Set<string | undefined>();
  for (let count = 0; count < 64; count++) {
    const kind = await check(`nobody ${count}`);
    kinds.add(kind);
    asked.delete(`nobody ${count}`);
    assert.equal(await check(`nobody ${count}`), kind);
  }
  assert.deepEqual([...kinds].sort(), ["argon2", "scrypt"]);
});

test("a wrong password of a known network counts even if it could not be checked", async () => {
  for (const isKnown of [true, false]) {
    const busy = deferred<boolean>();
    const secret = { isPlain: false, matches: async (password: string) => (password === RIGHT ? true : busy.promise) };
    const logins = loginsOf(secret);
    if (isKnown) await logins.logIn("owner", RIGHT, HOME);
    const slow = ["1", "2", "3", "4"].map((password) => logins.logIn("owner", password, "10.0.0.7"));
    for (let count = 0; count < 10; count++) {
      await assert.rejects(logins.logIn("owner", `guess ${count}`, HOME), TooManyChecks);
    }
    busy.resolve(false);
    await Promise.all(slow);
    const later = await logins.logIn("owner", "wrong", HOME);
    assert.equal("waitS" in later, isKnown);
  }
});

test("a check that fails for another reason counts as a wrong password", async () => {
  const secret = { isPlain: false, matches: () => Promise.reject(new Error("no memory")) };
  const logins = loginsOf(secret);
  for (let count = 0; count < 10; count++) {
    await assert.rejects(logins.logIn("owner", `guess ${count}`, HOME), /no memory/);
  }
  assert.ok("waitS" in (await logins.logIn("owner", RIGHT, HOME)));
});

test("a right password that was just checked is checked once more for a new network alone", async () => {
  let checks = 0;
  const logins = loginsOf({ isPlain: false, matches: async (password) => ++checks > 0 && password === RIGHT });
  for (const address of [HOME, HOME, "10.0.0.7", HOME, "10.0.0.7"]) {
    assert.deepEqual(await logins.logIn("owner", RIGHT, address), { isRight: true });
  }
  assert.equal(checks, 2);
  for (const _ of [1, 2]) assert.deepEqual(await logins.logIn("owner", "wrong", HOME), { isRight: false });
  assert.equal(checks, 4);
});
