import { maxHeaderSize, type Server } from "node:http";
import type { Socket } from "node:net";

/** Sketches send a line in pieces. */
const LINE_MS = 1000;

/**
 * Accepts requests whose lines end in LF alone (RFC 9112, 2.2), as sketches and `printf | nc` send
 * them. Only if the first line ends so: a proxy ends it in CRLF, so no LF inside a header becomes a
 * header here. Such a connection carries one request.
 */
export class BareLineFeeds {
  readonly #timeoutMs: number;
  /** Without a first line yet. */
  readonly #silent = new Set<Socket>();

  /** A connection that sends nothing for `timeoutMs` is closed. */
  constructor(server: Server, event: "connection" | "secureConnection", timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const takes = server.listeners(event);
    server.removeAllListeners(event);
    server.on(event, (socket: Socket) => {
      this.#sniff(socket, () => {
        for (const take of takes) take.call(server, socket);
      });
    });
  }

  /** Closes connections the server does not know yet. */
  close(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  #sniff(socket: Socket, take: () => void): void {
    let bytes: Buffer | undefined;
    const close = () => socket.destroy();
    let timer = setTimeout(close, this.#timeoutMs);
    const finish = (given: Buffer) => {
      clearTimeout(timer);
      this.#silent.delete(socket);
      socket.off("data", sniff).off("end", close).off("close", forget);
      take();
      // Not `unshift`: reading it again costs as much as an answer.
      socket.emit("data", given);
    };
    const sniff = (chunk: Buffer) => {
      const all = bytes === undefined ? chunk : Buffer.concat([bytes, chunk]);
      if (!isUndecided(all)) {
        finish(withWholeLineEnds(all));
        return;
      }
      if (bytes === undefined) {
        clearTimeout(timer);
        timer = setTimeout(() => finish(bytes as Buffer), LINE_MS);
      }
      bytes = all;
    };
    const forget = () => {
      clearTimeout(timer);
      this.#silent.delete(socket);
    };
    this.#silent.add(socket);
    // Stays: the new owner of the connection listens a moment later.
    socket.on("error", ignore);
    socket.on("data", sniff).on("end", close).on("close", forget);
  }
}

const ignore = () => {};

/** Line ends are unknown yet, or an LF head is incomplete. */
function isUndecided(bytes: Buffer): boolean {
  if (bytes.length > maxHeaderSize) return false;
  const lineEnd = bytes.indexOf("\n");
  return lineEnd < 0 || (isBare(bytes, lineEnd) && headLength(bytes) < 0);
}

/** The first line may follow an empty one, which old browsers sent (RFC 9112, 2.2). */
function isBare(bytes: Buffer, lineEnd: number): boolean {
  return lineEnd > 0 && bytes[lineEnd - 1] !== CR;
}

const CR = 13;

/** -1 before the first empty line came. */
function headLength(bytes: Buffer): number {
  const [bare, whole] = [bytes.indexOf("\n\n"), bytes.indexOf("\n\r\n")];
  if (bare < 0) return whole < 0 ? -1 : whole + 3;
  return whole < 0 || bare < whole ? bare + 2 : whole + 3;
}

/** Returns other heads unchanged. */
function withWholeLineEnds(bytes: Buffer): Buffer {
  const length = headLength(bytes);
  if (length < 0 || !isBare(bytes, bytes.indexOf("\n"))) return bytes;
  const [first = "", ...lines] = bytes.toString("latin1", 0, length).trimEnd().split(/\r?\n/);
  const others = lines.filter((line) => !/^(?:connection|upgrade)\s*:/i.test(line));
  const head = [first, ...others, "Connection: close"].join("\r\n");
  const hasBody = lines.some((line) => /^(?:content-length|transfer-encoding)\s*:/i.test(line));
  const body = hasBody ? bytes.subarray(length) : bytes.subarray(0, 0);
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]);
}
