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
    const chunks: Buffer[] = [];
    const close = () => socket.destroy();
    let timer = setTimeout(close, this.#timeoutMs);
    const finish = (bytes: Buffer) => {
      clearTimeout(timer);
      this.#silent.delete(socket);
      socket.off("readable", look).off("end", close);
      socket.unshift(bytes);
      take();
    };
    const look = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      if (chunks.length === 0) {
        clearTimeout(timer);
        timer = setTimeout(() => finish(Buffer.concat(chunks)), LINE_MS);
      }
      chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (!isUndecided(bytes)) finish(withWholeLineEnds(bytes));
    };
    this.#silent.add(socket);
    // It stays: who takes the connection over listens a moment later.
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(timer);
      this.#silent.delete(socket);
    });
    socket.on("end", close).on("readable", look);
    // What was put back before makes no event.
    if (socket.readableLength > 0) look();
  }
}

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

/** Bytes up to the end of the empty line behind a head; -1 before that has come. */
function headLength(bytes: Buffer): number {
  const found = /\n\r?\n/.exec(bytes.toString("latin1"));
  return found === null ? -1 : found.index + found[0].length;
}

/** A head with CRLF behind its lines, and what follows it as it is; others unchanged. */
function withWholeLineEnds(bytes: Buffer): Buffer {
  const length = headLength(bytes);
  if (length < 0 || !isBare(bytes, bytes.indexOf("\n"))) return bytes;
  const [first = "", ...lines] = bytes.toString("latin1", 0, length).trimEnd().split(/\r?\n/);
  const others = lines.filter((line) => !/^(?:connection|upgrade)\s*:/i.test(line));
  const head = [first, ...others, "Connection: close"].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), bytes.subarray(length)]);
}
