/*
 * Sends requests without end: node flooder.js '{"url": …}', with FloodOptions. Prints
 * a line of JSON twice a second with the counts so far, until it is killed.
 */
import { connect, type Socket } from "node:net";
import type { FloodOptions } from "./flood.ts";

const options: FloodOptions = JSON.parse(process.argv[2] ?? "");
const { url, perSecond, connections, addresses = 0, closes = false } = options;
const { hostname, port, pathname, search } = new URL(url);
const sent = { requests: 0, connections: 0 };
const answers: Record<string, number> = {};

/** If more bytes wait to be sent, it sends no more requests: only what arrives is a flood. */
const MAX_UNSENT = 16_384;

/** A connection that reopens when it is closed. */
class Flooder {
  #socket: Socket | undefined;

  ask(): void {
    if (this.#socket === undefined || this.#socket.destroyed) this.#socket = this.#open();
    if (this.#socket.writableLength > MAX_UNSENT) return;
    sent.requests++;
    this.#socket.write(requestBy(sent.requests));
    if (closes) this.#socket = undefined;
  }

  #open(): Socket {
    sent.connections++;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const read = createAnswerReader((status) => {
      answers[status] = (answers[status] ?? 0) + 1;
      if (perSecond === undefined) this.ask();
    });
    socket.on("error", () => {});
    socket.on("data", read);
    if (perSecond === undefined) socket.on("close", () => setTimeout(() => this.ask(), 50));
    return socket;
  }
}

/** Calls `tell` with the status of each answer when it is complete. */
function createAnswerReader(tell: (status: string) => void): (bytes: Buffer) => void {
  let head = "";
  let skip = 0;
  let status = "";
  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      if (skip > 0) {
        const skipped = Math.min(skip, bytes.length - at);
        skip -= skipped;
        at += skipped;
      } else {
        const end = bytes.indexOf("\r\n\r\n", at);
        const next = end < 0 ? bytes.length : end + 4;
        head += bytes.toString("latin1", at, next);
        at = next;
        if (!head.endsWith("\r\n\r\n")) continue;
        status = head.slice(9, 12);
        skip = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        head = "";
      }
      if (skip === 0 && status !== "") {
        tell(status);
        status = "";
      }
    }
  };
}

function requestBy(number: number): string {
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `Host: ${hostname}:${port}`];
  const address = number % Math.max(1, addresses);
  if (addresses > 0)
    lines.push(`X-Forwarded-For: 10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`);
  if (closes) lines.push("Connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const flooders = Array.from({ length: connections }, () => new Flooder());
if (perSecond === undefined) {
  for (const flooder of flooders) flooder.ask();
} else {
  const since = performance.now();
  let [due, turn] = [0, 0];
  setInterval(() => {
    const now = ((performance.now() - since) / 1000) * perSecond;
    // Requests that could not be sent in time are skipped.
    due = Math.max(due, now - perSecond / 50);
    for (; due < now; due++) flooders[turn++ % connections]?.ask();
  }, 2);
}
setInterval(() => process.stdout.write(`${JSON.stringify({ ...sent, answers })}\n`), 500);
