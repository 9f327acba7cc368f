import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import type { ReadStream } from "node:tty";
import { hashPassword } from "../auth/password-hash.ts";
import { SetupError } from "../util/errors.ts";

/**
 * Runs `stillstream hash-password`: reads a password from a terminal or a pipe, and returns its
 * hash.
 */
export async function printPasswordHash({ length }: readonly string[]): Promise<string> {
  // Not quoted: it may be the password.
  if (length > 0) throw new SetupError(`hash-password: ${length} arguments are too many. ${HOW_TO_HASH}`, 2);
  const { stdin, stderr } = process;
  const password = stdin.isTTY ? await askHidden("Password: ", stdin, stderr) : await readPiped(stdin);
  if (password === "") throw new SetupError(`hash-password: the password is empty. ${HOW_TO_HASH}`, 2);
  return `${await hashPassword(password)}\n`;
}

const HOW_TO_HASH =
  "Type the password at the prompt, or pipe it in: every user of this machine can read a command line.";

async function readPiped(input: NodeJS.ReadableStream): Promise<string> {
  return (await readAll(input)).replace(/\r?\n$/, "");
}

/**
 * Asks for a line at a terminal without showing it. Resolves with the line at Enter, and with "" if
 * the input ends first. Ctrl-C ends the process by its signal. Restores the terminal in either
 * case.
 */
function askHidden(question: string, terminal: ReadStream, screen: NodeJS.WritableStream): Promise<string> {
  screen.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: terminal, output: nowhere, terminal: true, historySize: 0 });
  return new Promise((resolve) => {
    let answer = "";
    lines.once("line", (line) => {
      answer = line;
      lines.close();
    });
    lines.once("SIGINT", () => {
      lines.close();
      process.kill(process.pid, "SIGINT");
    });
    lines.once("close", () => {
      screen.write("\n");
      resolve(answer);
    });
  });
}
