import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { SignJWT } from "jose";
import {
  CAPABILITIES,
  readGrant,
  readGrantExpiry,
  readSession,
  SESSION_S,
  signGrant,
  signSession,
} from "../../src/auth/tokens.ts";

const KEY = Buffer.alloc(32, 7);
const NOW = 1_795_953_600_000;
const ENDS_AT = 1_795_960_000;

/** Of a link that was given away; it must still open its camera after an update. */
const OLD_LINK =
  "eyJhbGciOiJIUzI1NiJ9.eyJjYW1lcmFzIjpbImRvb3IiXSwiY2FuIjpbInZpZXciLCJjb250cm9sIl0sImF1ZCI6InN0aWxsc3RyZWFtIGxpbmsi" +
  "LCJpYXQiOjE3OTU5NTM2MDAsImV4cCI6MTc5NTk2MDAwMH0.hw-eTOKpYxiy0DvisMQl9Zag17QxphgcyHerQjR2nVs";

test("a link of an earlier version opens what it opened, until its end", async () => {
  const grant = { cameras: ["door"], can: ["view", "control"], expiresAt: ENDS_AT };
  assert.deepEqual(await readGrant(KEY, OLD_LINK, NOW), grant);
  assert.deepEqual(await readGrant(KEY, OLD_LINK, ENDS_AT * 1000 - 1000), grant);
  assert.equal(await readGrantExpiry(KEY, OLD_LINK, ENDS_AT * 1000 - 1000), undefined);
  assert.equal(await readGrant(KEY, OLD_LINK, ENDS_AT * 1000), undefined);
  assert.equal(await readGrantExpiry(KEY, OLD_LINK, ENDS_AT * 1000), ENDS_AT);
  assert.deepEqual(CAPABILITIES, ["view", "snapshot", "push", "control"]);
});

test("a link says what was granted, and only to its key", async () => {
  const grant = { cameras: ["door", "yard"], can: ["push"], expiresAt: ENDS_AT } as const;
  const token = await signGrant(KEY, grant);
  assert.deepEqual(await readGrant(KEY, token, NOW), grant);
  const other = Buffer.alloc(32, 8);
  assert.equal(await readGrant(other, token, NOW), undefined);
  assert.equal(await readGrantExpiry(other, token, ENDS_AT * 1000), undefined);
});

test("a link is no session, and a session no link", async () => {
  const session = await signSession(KEY, { user: "owner", expiresAt: ENDS_AT }, "secret");
  assert.equal(await readGrant(KEY, session, NOW), undefined);
  assert.equal(await readSession(KEY, OLD_LINK, () => "secret", NOW), undefined);
});

test("a session is that of its user until the stored password changes or the user is gone", async () => {
  const session = await signSession(KEY, { user: "owner", expiresAt: ENDS_AT }, "secret");
  const read = (text: string | undefined, nowMs = NOW) =>
    readSession(KEY, session, (user) => (user === "owner" ? text : "other"), nowMs);
  assert.deepEqual(await read("secret"), { user: "owner", expiresAt: ENDS_AT });
  assert.equal(await read("other"), undefined);
  assert.equal(await read(undefined), undefined);
  assert.equal(await read("secret", ENDS_AT * 1000), undefined);
});

test("a session that ends later than two sessions from now is of a wrong clock", async () => {
  const read = async (expiresAt: number) =>
    await readSession(KEY, await signSession(KEY, { user: "owner", expiresAt }, "secret"), () => "secret", NOW);
  assert.ok(await read(NOW / 1000 + 2 * SESSION_S));
  assert.equal(await read(NOW / 1000 + 2 * SESSION_S + 1), undefined);
  assert.equal(SESSION_S, 43_200);
});

test("a token without an end, or signed in another way, is not ours", async () => {
  const claims = { cameras: ["door"], can: ["view"] };
  const endless = new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setAudience("stillstream link");
  assert.equal(await readGrant(KEY, await endless.sign(KEY), NOW), undefined);
  const long = new SignJWT(claims).setProtectedHeader({ alg: "HS512" }).setAudience("stillstream link");
  assert.equal(await readGrant(KEY, await long.setExpirationTime(ENDS_AT).sign(KEY), NOW), undefined);
  const body = Buffer.from(JSON.stringify({ ...claims, aud: "stillstream link", exp: ENDS_AT })).toString("base64url");
  const head = Buffer.from('{"alg":"none"}').toString("base64url");
  for (const signature of ["", createHmac("sha256", KEY).update(`${head}.${body}`).digest("base64url")]) {
    assert.equal(await readGrant(KEY, `${head}.${body}.${signature}`, NOW), undefined);
  }
});
