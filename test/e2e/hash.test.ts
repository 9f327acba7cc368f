import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { parsePasswordHash } from "../../src/auth/password-hash.ts";
import { printPasswordHash } from "../../src/cli/hash-password.ts";
import { MAIN, peerScript } from "../support/paths.ts";
import { runProgramToEnd } from "../support/programs/program.ts";
import { refused } from "../support/programs/server.ts";
import { PYTHON } from "../support/tools.ts";

const TERMINAL = peerScript("terminal.py");
const skip = process.platform === "win32" && "needs a terminal of Unix";

interface Seen {
  readonly shown: string;
  readonly output: string;
  readonly status: number;
  readonly echoes: boolean;
}

/** Types keys at a terminal, in the notation of Python's strings. */
async function type(keys: string): Promise<Seen> {
  const args = [TERMINAL, "Password: ", keys, process.execPath, MAIN, "hash-password"];
  const child = spawn(PYTHON, args, { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(await text(child.stdout)) as Seen;
}

test("a typed password is not shown, can be corrected, and ends with Enter", { skip }, async () => {
  const { shown, output, status, echoes } = await type("pluhg\\x7f\\x7fgh\\r");
  assert.equal(status, 0);
  assert.equal(await parsePasswordHash(output.trim())?.matches("plugh"), true);
  assert.equal(shown.replaceAll("\r", ""), "Password: \n");
  assert.equal(echoes, true);
});

test("Ctrl-C ends the program by its signal, and the terminal shows typed text again", { skip }, async () => {
  const { shown, output, status, echoes } = await type("plu\\x03");
  assert.deepEqual([output, status, echoes], ["", -2, true]);
  assert.doesNotMatch(shown, /plu/);
});

test("Ctrl-D without typed text is no password", { skip }, async () => {
  const { shown, output, status, echoes } = await type("\\x04");
  assert.deepEqual([output, status, echoes], ["", 2, true]);
  assert.match(shown, /the password is empty/);
});

test("a password on the command line is refused, and not quoted", async () => {
  const { status, stderr } = await refused(() => printPasswordHash(["pluhg"]));
  assert.equal(status, 2);
  assert.match(stderr, /hash-password: 1 arguments are too many/);
  assert.doesNotMatch(stderr, /pluhg/);
});

test("a password can come through a pipe, with a newline too", async (t) => {
  for (const written of ["plügh\n", "plügh\r\n"]) {
    t.mock.getter(process, "stdin", () => Readable.from([Buffer.from(written)]));
    assert.equal(await parsePasswordHash((await printPasswordHash([])).trim())?.matches("plügh"), true);
  }
});

test("the old names of commands work, and say the new ones on standard error", async () => {
  const child = spawn(process.execPath, [MAIN, "hash"], { stdio: "pipe" });
  child.stdin.end("plugh");
  const [output, note] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(await parsePasswordHash(output.trim())?.matches("plugh"), true);
  assert.equal(note, 'stillstream: "hash" works for one more release. Use "stillstream hash-password".\n');
  const { status, stderr } = await runProgramToEnd(["token", "Door"]);
  assert.equal(status, 2);
  assert.match(stderr, /^stillstream: "token" works for one more release\. Use "stillstream create-token"\.\n/);
});
