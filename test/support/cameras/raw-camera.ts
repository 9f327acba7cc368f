import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A camera's web server on bare sockets, so that a test chooses every byte. */
export interface RawCamera {
  /** `//127.0.0.1:PORT`, as the http driver's address starts. */
  readonly address: string;
  readonly port: number;
  /** The heads of all requests so far, as they came. */
  readonly requests: readonly string[];
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
}

/** Answers one request: writes to the socket, and ends it or not. `number` counts requests, from 1. */
export type RawAnswer = (socket: Socket, request: string, number: number) => void;

/** Listens on a free port of 127.0.0.1 until the test ends; over TLS with options for that. */
export async function rawCamera(t: TestContext, answer: RawAnswer, tls?: TlsOptions): Promise<RawCamera> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  const attend = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    socket.setNoDelay(true);
    let head = "";
    socket.on("data", (bytes) => {
      head += bytes.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      requests.push(head);
      answer(socket, head, requests.length);
      head = "";
    });
  };
  const server = tls === undefined ? createServer(attend) : createTlsServer(tls, attend).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as { port: number };
  return { address: `//127.0.0.1:${port}`, port, requests, open };
}

/** An answer of these pieces, in one write each, after which it hangs up. */
export function answerOf(...pieces: (string | Uint8Array)[]): RawAnswer {
  return (socket) => {
    for (const piece of pieces) socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    socket.end();
  };
}

/** A snapshot with its length. */
export function snapshotOf(jpeg: Uint8Array, ...fields: string[]): RawAnswer {
  const lines = ["HTTP/1.1 200 OK", "Content-Type: image/jpeg", `Content-Length: ${jpeg.length}`, ...fields];
  return answerOf(`${lines.join("\r\n")}\r\n\r\n`, jpeg);
}

/** The value of a header field of a request; undefined for none. Its name is in lower case. */
export function fieldOf(request: string, name: string): string | undefined {
  const line = request.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
