import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** The web server of a camera on plain sockets, so that a test chooses every byte. */
export interface RawCamera {
  /** `//127.0.0.1:PORT`, the form of the `http` driver's address. */
  readonly address: string;
  readonly port: number;
  /** The heads of all requests so far. */
  readonly requests: readonly string[];
  /** Open connections. */
  readonly open: ReadonlySet<Socket>;
}

/** Answers one request: writes to the socket, and may end it. `number` counts requests from 1. */
export type RawAnswer = (socket: Socket, request: string, number: number) => void;

/** Listens on a free port of 127.0.0.1 until the test ends; over TLS if `tls` is given. */
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

/** Returns an answer of these pieces, one write each, that then ends the connection. */
export function answerOf(...pieces: (string | Uint8Array)[]): RawAnswer {
  return (socket) => {
    for (const piece of pieces) socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    socket.end();
  };
}

/** Returns a snapshot with its Content-Length. */
export function snapshotOf(jpeg: Uint8Array, ...fields: string[]): RawAnswer {
  const lines = ["HTTP/1.1 200 OK", "Content-Type: image/jpeg", `Content-Length: ${jpeg.length}`, ...fields];
  return answerOf(`${lines.join("\r\n")}\r\n\r\n`, jpeg);
}

/** Returns the value of a header field of a request, or undefined. `name` is lower case. */
export function fieldOf(request: string, name: string): string | undefined {
  const line = request.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
