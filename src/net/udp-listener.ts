import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { SetupError } from "../util/errors.ts";
import type { AddressRanges } from "./address-ranges.ts";
import { unmappedAddress } from "./ip-address.ts";
import { resolveHost } from "./resolve-host.ts";

export interface UdpListenerOptions {
  /** Whose datagrams are taken; of everybody when undefined. */
  readonly allow?: AddressRanges | undefined;
  readonly onDatagram: (datagram: Buffer, sender: Endpoint) => void;
  /** A datagram came from an address that is not allowed. */
  readonly onRefused: (sender: Endpoint) => void;
}

/** A UDP port that is listened on. */
export interface UdpListener {
  readonly port: number;
  /** Resolves when the socket can be used no more, with the reason. */
  readonly failed: Promise<Error>;
  /** Sends if it can; a datagram may always be lost. */
  send(datagram: Uint8Array, to: Endpoint): void;
  close(): void;
}

/**
 * What the system is asked to hold for us until we read, in bytes: it holds 92 chunks of 1024 bytes by default, which
 * arrive within a millisecond (Linux, rmem_default of 212,992; measured 2026-11-21). It gives what rmem_max allows.
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Listens on a UDP port; throws a SetupError that says why it cannot. */
export async function listenUdp(endpoint: Endpoint, parts: UdpListenerOptions): Promise<UdpListener> {
  const { allow, onDatagram, onRefused } = parts;
  const socket = await bind(endpoint);
  socket.on("message", (datagram, { address, port }: RemoteInfo) => {
    // Port 0 asks for no answer (RFC 768), and could be sent none.
    if (port === 0) return;
    const sender = { host: unmappedAddress(address), port };
    if (allow === undefined || allow.includes(address)) onDatagram(datagram, sender);
    else onRefused(sender);
  });
  const isIPv6 = socket.address().family === "IPv6";
  return {
    port: socket.address().port,
    failed: new Promise((resolve) => socket.on("error", resolve)),
    send: (datagram, { host, port }) => {
      const address = isIPv6 && !host.includes(":") ? `${MAPPED}${host}` : host;
      socket.send(datagram, port, address, () => {});
    },
    close: () => void socket.close(),
  };
}

/** How long a check holds its port, in milliseconds: long enough that two checks of one port meet, which start together. */
const CHECK_MS = 50;

/** Looks whether a UDP port can be listened on; throws a SetupError that says why it cannot. */
export async function checkUdpPort(endpoint: Endpoint): Promise<void> {
  const socket = await bind(endpoint);
  await sleep(CHECK_MS);
  socket.close();
}

async function bind(endpoint: Endpoint): Promise<Socket> {
  let socket: Socket | undefined;
  try {
    const { address, family } = await resolveHost(endpoint.host);
    socket = createSocket(family === 6 ? "udp6" : "udp4");
    socket.bind(endpoint.port, address);
    await once(socket, "listening");
    enlargeBuffer(socket);
    return socket;
  } catch (error) {
    socket?.close();
    throw new SetupError(explain(error as NodeJS.ErrnoException, endpoint), 1, { cause: error });
  }
}

function enlargeBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Some systems refuse what is over their limit: then it stays as it is.
  }
}

/** How IPv6 sockets write IPv4 addresses (RFC 4291, 2.5.5.2). */
const MAPPED = "::ffff:";

function explain(error: NodeJS.ErrnoException, endpoint: Endpoint): string {
  const { host, port } = endpoint;
  switch (error.code) {
    case "EADDRINUSE":
      return `UDP port ${port} is in use by another program, or given twice; stop that, or choose another port`;
    case "EACCES":
      return `UDP port ${port} is not allowed for this user; choose one above 1023, such as 9999`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is no address of this machine; leave it out for all it has`;
    default:
      return `cannot listen on UDP ${formatEndpoint(endpoint)}: ${error.message}`;
  }
}
