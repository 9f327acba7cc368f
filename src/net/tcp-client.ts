import { connect, type Socket } from "node:net";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { describeConnectionError } from "./connection-error.ts";
import { lookup } from "./resolve-host.ts";
import { KEEP_ALIVE_MS } from "./tcp-server.ts";

/** A camera without pictures has failed after 10 s: to say that nobody answers it must be found out before. */
const CONNECT_TIMEOUT_MS = 8000;

/**
 * Connects to a TCP port. The socket's errors are heard already, and it sends what it is given at once (TCP_NODELAY).
 * Throws with the address and what went wrong, in plain words; also when `signal` aborts.
 */
export function connectTcp(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = connect({ ...endpoint, ...options, lookup });
    const finish = (failure?: unknown) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      // What goes wrong later shows by its end.
      socket.on("error", () => {});
      if (failure === undefined) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(failure);
      }
    };
    const abort = () => finish(signal.reason);
    const fail = (error: Error) => finish(explained(endpoint, describeConnectionError(error), error));
    const timer = setTimeout(() => {
      finish(explained(endpoint, `it does not answer in ${CONNECT_TIMEOUT_MS / 1000} s`));
    }, CONNECT_TIMEOUT_MS);
    signal.addEventListener("abort", abort);
    socket.on("error", fail);
    socket.once("connect", () => finish());
  });
}

function explained(endpoint: Endpoint, reason: string, cause?: Error): Error {
  return new Error(`${formatEndpoint(endpoint)}: ${reason}`, { cause });
}
