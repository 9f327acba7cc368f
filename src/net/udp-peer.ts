import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { describeConnectionError, errorCode } from "./connection-error.ts";
import { resolveHost } from "./resolve-host.ts";

/** macOS sends no longer datagram. */
const SEND_BUFFER_BYTES = 1024 * 1024;

/** Exchanges datagrams with one peer; the system reports if nothing listens there. */
export class UdpPeer {
  readonly name: string;
  readonly #socket: Socket;

  static async connect(endpoint: Endpoint): Promise<UdpPeer> {
    const { address, family } = await resolveHost(endpoint.host).catch((error) => {
      throw new Error(unknownHost(endpoint.host, error), { cause: error });
    });
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    try {
      const connected = once(socket, "connect");
      socket.connect(endpoint.port, address);
      await connected;
      socket.setSendBufferSize(SEND_BUFFER_BYTES);
    } catch (error) {
      socket.close();
      throw new Error(explain(error as NodeJS.ErrnoException, formatEndpoint(endpoint)), { cause: error });
    }
    return new UdpPeer(socket, endpoint);
  }

  private constructor(socket: Socket, endpoint: Endpoint) {
    this.name = formatEndpoint(endpoint);
    this.#socket = socket;
    socket.on("error", () => {});
  }

  /** Rejects in plain words, with the system's error as cause. */
  send(datagram: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(datagram, (error) => {
        if (error === null) resolve();
        else reject(new Error(explain(error, this.name, datagram.length), { cause: error }));
      });
    });
  }

  /** Resolves with undefined after `ms`, or if `signal` aborts. */
  receive(ms: number, signal: AbortSignal): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const finish = (datagram?: Buffer) => {
        clearTimeout(timer);
        this.#socket.off("message", finish);
        signal.removeEventListener("abort", giveUp);
        resolve(datagram);
      };
      const giveUp = () => finish();
      const timer = setTimeout(giveUp, signal.aborted ? 0 : ms);
      this.#socket.on("message", finish);
      signal.addEventListener("abort", giveUp);
    });
  }

  close(): void {
    this.#socket.close();
  }
}

function unknownHost(host: string, error: unknown): string {
  const isUnanswered = ["ETIMEOUT", "EAI_AGAIN"].includes(errorCode(error));
  return isUnanswered ? `${host}: ${describeConnectionError(error)}` : `There is no host ${host}`;
}

function explain(error: NodeJS.ErrnoException, name: string, bytes?: number): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return `Nothing listens at ${name}`;
    case "EMSGSIZE":
      return `The system sends no datagram of ${bytes} bytes to ${name}. Send smaller frames.`;
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "ENETDOWN":
    case "EHOSTDOWN":
      return `${name} is unreachable`;
    case "EACCES":
    case "EPERM":
      return `Sending to ${name} is not allowed: a firewall blocks it, or it is a broadcast address`;
    default:
      return `Sending to ${name} failed: ${error.message}`;
  }
}
