import { maxHeaderSize, type Server } from "node:http";
import type { Socket } from "node:net";

/** How long the end of a first line is waited for, in milliseconds; some sketches send a line in pieces. */
const LINE_MS = 1000;

/**
 * Has a server take requests whose lines end in LF alone (RFC 9112, 2.2), as `printf "GET / HTTP/1.0\n\n" | nc` and sketches
 * of small devices send them. Node's parser refuses them, and with its `insecureHTTPParser` would take much more.
 *
 * It is for connections whose very first line ends so: a proxy writes that line itself, and ends it in CRLF, so that no LF
 * that it passed on in a header becomes a header here. Such a connection carries one request.
 */
export class BareLineFeeds {
  readonly #timeoutMs: number;
  /** Connections on which no first line has come yet. */
  readonly #silent = new Set<Socket>();

  /** `event` gives the server a connection to read from. A connection is closed that has sent nothing for `timeoutMs`. */
  constructor(server: Server, event: "connection" | "secureConnection", timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const takes = server.listeners(event);
    server.removeAllListeners(event);
    server.on(event, (socket: Socket) => {
      this.#look(socket, () => {
        for (const take of takes) take.call(server, socket);
      });
    });
  }

  /** Closes what the server does not know of yet. */
  close(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  /** Hands a connection over once its first line shows how lines end. */
  #look(socket: Socket, take: () => void): void {
    let bytes: Buffer | undefined;
    const close = () => socket.destroy();
    let timer = setTimeout(close, this.#timeoutMs);
    const finish = (given: Buffer) => {
      clearTimeout(timer);
      this.#silent.delete(socket);
      socket.off("data", look).off("end", close).off("close", forget);
      take();
      // Not put back: to read it again costs as much as to answer.
      socket.emit("data", given);
    };
    const look = (chunk: Buffer) => {
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
    // It stays: who takes the connection over listens a moment later.
    socket.on("error", ignore);
    socket.on("data", look).on("end", close).on("close", forget);
  }
}

const ignore = () => {};

/** Whether more is needed to tell how lines end, or, of a head that ends them in LF, for all of it. */
function isUndecided(bytes: Buffer): boolean {
  if (bytes.length > maxHeaderSize) return false;
  const lineEnd = bytes.indexOf("\n");
  return lineEnd < 0 || (isBare(bytes, lineEnd) && headLength(bytes) < 0);
}

/** What follows an empty line before the request counts as the first line: browsers of old sent one (RFC 9112, 2.2). */
function isBare(bytes: Buffer, lineEnd: number): boolean {
  return lineEnd > 0 && bytes[lineEnd - 1] !== CR;
}

const CR = 13;

/** Bytes up to the end of the first empty line; -1 before that has come. */
function headLength(bytes: Buffer): number {
  const [bare, whole] = [bytes.indexOf("\n\n"), bytes.indexOf("\n\r\n")];
  if (bare < 0) return whole < 0 ? -1 : whole + 3;
  return whole < 0 || bare < whole ? bare + 2 : whole + 3;
}

/** A head with CRLF behind its lines, and its body, if it has one, as it is; others unchanged. */
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
