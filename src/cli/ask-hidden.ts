import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { ReadStream } from "node:tty";

/**
 * Asks for a line at a terminal that shows nothing of it. Resolves with it at Enter, and with nothing when the input ends
 * before. Ctrl-C ends the process by its signal. The terminal is as it was before in either case.
 */
export function askHidden(question: string, terminal: ReadStream, screen: NodeJS.WritableStream): Promise<string> {
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
