import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { listenTcp } from "../../../src/net/tcp-server.ts";
import { until } from "../deferred.ts";

/** One side of a TCP connection, and all bytes that it received. */
export interface TcpPeer {
  readonly socket: Socket;
  /** Its address and port, as the other side sees them. */
  readonly name: string;
  /** The bytes so far. */
  bytes(): Buffer;
  /** Waits until there are `length` bytes; returns them. */
  received(length: number): Promise<Buffer>;
  /** Waits until the other side has closed or reset the connection; returns all bytes. */
  closed(): Promise<Buffer>;
}

/**
 * Connects to a port of 127.0.0.1 from an address of this machine; destroys the connection when the
 * test ends.
 */
export async function connectPeer(
  t: TestContext | undefined,
  port: number,
  localAddress = "127.0.0.1",
): Promise<TcpPeer> {
  const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
  const peer = watchSocket(t, socket);
  await once(socket, "connect");
  return { ...peer, name: `${localAddress}:${socket.localPort}` };
}

/** Keeps the bytes of a socket; destroys it when the test ends. */
export function watchSocket(t: TestContext | undefined, socket: Socket): TcpPeer {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  t?.after(() => socket.destroy());
  const bytes = () => Buffer.concat(chunks);
  return {
    socket,
    name: `127.0.0.1:${socket.localPort}`,
    bytes,
    async received(length) {
      await until(`${length} bytes have come`, () => bytes().length >= length);
      return bytes().subarray(0, length);
    },
    async closed() {
      await until("the connection is closed", () => socket.closed);
      return bytes();
    },
  };
}

/** Returns both sides of a new connection; destroys them when the test ends. */
export async function connection(t: TestContext): Promise<{ ours: Socket; peer: TcpPeer }> {
  let ours: Socket | undefined;
  const server = await listenTcp({ host: "127.0.0.1", port: 0 }, (socket) => {
    ours = socket;
  });
  t.after(() => server.close());
  const peer = await connectPeer(t, server.port);
  return { ours: await until("it is accepted", () => ours), peer };
}

/**
 * Starts a TCP server on a free port of 127.0.0.1; closes it when the test ends. Returns the port.
 */
export async function listenTcpTest(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** Returns a port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Waits long enough that the bytes written so far are a separate read on the other side. */
export const apart = () => new Promise((resolve) => setTimeout(resolve, 3));
