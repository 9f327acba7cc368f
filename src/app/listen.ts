import type { Server } from "node:http";
import { takeActivatedSocket } from "../systemd/activation.ts";
import { SetupError } from "../util/errors.ts";

/** Connections the system holds for us before we accept them: a thousand viewers may come at once after a restart. */
const BACKLOG = 4096;

/**
 * Listens on the socket that a service manager handed over, if it did, else on an address of this machine.
 * @throws SetupError when that cannot be listened on.
 */
export function listen(server: Server, host: string, port: number): Promise<void> {
  const fd = takeActivatedSocket(process.env);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new SetupError(fd === undefined ? explain(error, host, port) : explainHanded(error), 1));
    });
    server.listen(fd === undefined ? { host, port, backlog: BACKLOG } : { fd }, resolve);
  });
}

function explainHanded({ message }: Error): string {
  return `the service manager's socket cannot be listened on: ${message}; it must be one of ListenStream=`;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} is in use by another program; stop that, or choose another with --port ${port < 65_535 ? port + 1 : port - 1}`;
    case "EACCES":
      return `port ${port} is not allowed for this user; choose one above 1023, such as --port 8080`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `--host ${host} is no address of this machine; use 0.0.0.0 for all it has`;
    default:
      return `cannot listen on ${host} port ${port}: ${error.message}`;
  }
}
