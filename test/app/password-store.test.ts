import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hashPassword } from "../../src/auth/password-hash.ts";
import { createToken } from "../../src/cli/create-token.ts";
import { revokeTokens } from "../../src/cli/revoke-tokens.ts";
import { until } from "../support/deferred.ts";
import { runProgramToEnd, startProgram, withoutPackage } from "../support/programs/program.ts";
import { type Refusal, refusalOf, refused, startServer } from "../support/programs/server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PASSWORD = "xyzzy-plugh-42";
/** Of “password”, by the reference implementation (phc-winner-argon2, src/test.c). */
const ARGON2 = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
const RULE =
  "user:password, or user:hash as stillstream hash-password makes it, or by argon2, of at most 256 MB and 16 passes";
const basic = (password: string) => ({
  Authorization: `Basic ${Buffer.from(`owner:${password}`).toString("base64")}`,
});

test("a hash, a token and its revocation work, and no secret is in anything that is written", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "users");
  const hash = await hashPassword(PASSWORD);
  writeFileSync(file, `# who may watch\n\nowner:${hash}\nguest:${PASSWORD}2\n`);
  const state = ["--state-dir", join(folder, "state")];
  const args = ["door=fake#fps=10", "--auth-file", file, ...state, "--log-level", "trace"];
  const server = await startServer(t, args);
  const { url } = server;
  const key = join(folder, "state", "token.key");
  assert.equal(statSync(key).mode & 0o777, 0o600);
  const before = readFileSync(key, "utf8").trim();
  assert.equal((await fetch(url)).status, 401);
  assert.equal((await fetch(`${url}/api/cameras`, { headers: basic(PASSWORD) })).status, 200);
  assert.equal((await fetch(url, { headers: basic(`${PASSWORD}-wrong`) })).status, 401);

  const port = ["--port", String(server.port), "--host", "127.0.0.1"];
  const made = await createToken(["door", "--for", "1h", "--can=view", ...state, ...port]);
  const [token = "", link = ""] = made.split("\n");
  assert.equal(link, `${url}/cameras/door?token=${token}`);
  assert.equal((await fetch(link)).status, 200);
  const status = await (await fetch(`${url}/api/cameras?token=${token}`)).text();
  const errors = await Promise.all(
    ["/nowhere", "/cameras/attic", "/video_feed?width=x", "/snapshot.jpg?max-age=x&a=b"].map(async (path) => {
      const bad = `${url}${path}${path.includes("?") ? "&" : "?"}token=${token}`;
      return await (await fetch(bad)).text();
    }),
  );

  const revoked = await revokeTokens(state);
  await until("the running server knows", async () => (await fetch(link)).status === 401);
  assert.equal((await fetch(`${url}/api/cameras`, { headers: basic(PASSWORD) })).status, 200);

  const written = [server.output(), server.errors(), revoked, status, ...errors].join("\n");
  assert.match(written, /127\.0\.0\.1 gave a wrong password or token/);
  assert.match(written, /Plain-text password of guest: replace it/);
  const after = readFileSync(key, "utf8").trim();
  const secrets = [PASSWORD, hash, token, before, after, ...Object.values(basic(PASSWORD)).map((one) => one.slice(6))];
  for (const secret of secrets) assert.ok(!written.includes(secret), `${secret} was written: ${written}`);
});

test("settings of passwords that are wrong are refused in one sentence, without the password", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "users");
  writeFileSync(file, `owner:fine\n${PASSWORD}\n`);
  const cases: [args: string[], said: string][] = [
    [
      ["--auth", PASSWORD],
      "--auth: the value is invalid. It must be user:password, or user:hash as stillstream hash-password makes it.",
    ],
    [["--auth", `owner:$argon2id$${PASSWORD}`], `--auth: the value is invalid. It must be ${RULE}.`],
    [["--auth-file", file], `--auth-file ${file}, line 2: the value is invalid. It must be ${RULE}.`],
    [
      ["--auth-file", "/no/where"],
      "--auth-file: /no/where cannot be read (ENOENT). Name a file with one user:hash a line.",
    ],
  ];
  for (const [args, said] of cases) {
    assert.deepEqual(await refusalOf(t, ["fake", ...args]), { status: 2, stderr: `stillstream: ${said}\n` });
  }
  assert.equal(existsSync(join(folder, "token.key")), false);
});

test("a hash by argon2 is taken, and where its package is missing a sentence says so", async (t) => {
  const folder = temporaryFolder(t);
  const args = ["fake", "--auth", `owner:${ARGON2}`, "--state-dir", folder];
  const { url, errors } = await startServer(t, args);
  assert.equal((await fetch(`${url}/api/cameras`, { headers: basic("password") })).status, 200);
  assert.equal((await fetch(`${url}/api/cameras`, { headers: basic("Password") })).status, 401);
  assert.doesNotMatch(errors(), /Plain-text password/);
  const env = withoutPackage("@node-rs/argon2");
  const { status, stdout, stderr } = await runProgramToEnd([...args, "--port", "0", "--host", "127.0.0.1"], { env });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^stillstream: --auth: an argon2 hash needs the package @node-rs\/argon2\. .*\n$/);
  await startProgram(t, ["fake", "--auth", "owner:password", "--state-dir", folder], { env });
});

test("commands of tokens that are wrong are refused in one sentence", async (t) => {
  const state = ["--state-dir", temporaryFolder(t)];
  const create = (...args: string[]) => refused(() => createToken([...args, ...state]));
  const cases: [Refusal, said: RegExp][] = [
    [await create(), /create-token: "" does not name cameras/],
    [await create("Door"), /create-token: "Door" does not name cameras/],
    [await create("door", "--for", "forever"), /--for: "forever" is invalid\. It must be a lifetime/],
    [await create("door", "--for", "0d"), /--for: "0d" is invalid\. It must be a lifetime/],
    [
      await create("door", "--can", "view,fly"),
      /--can: "view,fly" is invalid\. It must be some of view, snapshot, push, control/,
    ],
    [await create("door", "--frob"), /--frob: there is no such option/],
    [
      await refused(() => revokeTokens(["door", ...state])),
      /revoke-tokens: "door" is too much\. It revokes all tokens/,
    ],
  ];
  for (const [{ status, stderr }, said] of cases) {
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^stillstream: [^\n]+\n$/);
    assert.match(stderr, said);
  }
});
