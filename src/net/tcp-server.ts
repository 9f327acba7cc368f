import { createServer, type Server, type Socket } from "node:net";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { SetupError } from "../util/errors.ts";
import type { AddressRanges } from "./address-ranges.ts";
import { describeConnectionError, errorCode } from "./connection-error.ts";
import { unmappedAddress } from "./ip-address.ts";

/** The system then probes a silent peer. */
export const KEEP_ALIVE_MS = 30_000;

/** Linux caps it (net.core.somaxconn). */
const BACKLOG = 4096;

export interface TcpServer {
  readonly port: number;
  /** Resolves when every connection is closed and the port free. */
  close(): Promise<void>;
}

export interface TcpServerOptions {
  /** @default everybody */
  readonly allow?: AddressRanges | undefined;
  readonly onForbidden?: (peer: string) => void;
}

/** Listens, with TCP_NODELAY. @throws SetupError (exit 1) */
export async function listenTcp(
  endpoint: Endpoint,
  onConnection: (socket: Socket, peer: string) => void,
  { allow, onForbidden: onForeign }: TcpServerOptions = {},
): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const peer = peerOf(socket);
    const isForeign = allow?.includes(socket.remoteAddress ?? "") === false;
    if (peer === undefined || isForeign) socket.destroy();
    else onConnection(socket, peer);
    if (peer !== undefined && isForeign) onForeign?.(peer);
  });
  await listen(server, endpoint);
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Listens for a moment. @throws SetupError (exit 1) */
export async function checkTcpPort(endpoint: Endpoint): Promise<void> {
  const server = await listenTcp(endpoint, (socket) => socket.destroy());
  await server.close();
}

function peerOf({ remoteAddress, remotePort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  // RFC 4291, 2.5.5.2.
  return formatEndpoint({ host: unmappedAddress(remoteAddress), port: remotePort });
}

function listen(server: Server, endpoint: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", (error) => reject(new SetupError(explain(error, endpoint), 1, { cause: error })));
    server.listen({ ...endpoint, backlog: BACKLOG }, resolve);
  });
}

function explain(error: Error, { host, port }: Endpoint): string {
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return `port ${port} is in use by another program. Stop it, or choose another port.`;
    case "EACCES":
      return `this user may not listen on port ${port}. Choose a port above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine. Omit it to listen on all addresses.`;
    default:
      return `cannot listen on ${formatEndpoint({ host, port })}: ${describeConnectionError(error)}`;
  }
}
