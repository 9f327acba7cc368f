import { connect, type Socket } from "node:net";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { describeConnectionError } from "./connection-error.ts";
import { lookup } from "./resolve-host.ts";
import { KEEP_ALIVE_MS } from "./tcp-server.ts";

/** Below the 10 s after which a camera fails. */
const CONNECT_TIMEOUT_MS = 8000;

/** Connects with TCP_NODELAY. Throws the reason in plain words; also if `signal` aborts. */
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
      // Later errors show as the end of the connection.
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

/** Returns undefined if `signal` aborts first; a later abort destroys the socket. */
export async function connectUntilAborted(endpoint: Endpoint, signal: AbortSignal): Promise<Socket | undefined> {
  const socket = await connectTcp(endpoint, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return undefined;
  });
  const abort = () => socket?.destroy();
  signal.addEventListener("abort", abort);
  socket?.once("close", () => signal.removeEventListener("abort", abort));
  if (!signal.aborted) return socket;
  abort();
  return undefined;
}

function explained(endpoint: Endpoint, reason: string, cause?: Error): Error {
  return new Error(`${formatEndpoint(endpoint)}: ${reason}`, { cause });
}
