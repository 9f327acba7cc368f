import type { Server } from "node:http";
import { SetupError } from "../util/errors.ts";

/** A thousand viewers may reconnect after a restart. */
const BACKLOG = 4096;

/** Listens on the socket of a service manager, else on an address. @throws SetupError */
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
  return `The socket of the service manager is unusable: ${message}. Set it with ListenStream=.`;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `--port: port ${port} is in use by another program. Stop it, or choose another, such as --port ${port < 65_535 ? port + 1 : port - 1}.`;
    case "EACCES":
      return `--port: this user may not use port ${port}. Choose one above 1023, such as --port 8080.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `--host: ${host} is not an address of this machine. Use 0.0.0.0 for all its addresses.`;
    default:
      return `--port: the server cannot listen on ${host} port ${port}: ${error.message}. Choose another --host or --port.`;
  }
}

/** The first descriptor of a service manager (sd_listen_fds(3), SD_LISTEN_FDS_START). */
const FIRST_FD = 3;

/**
 * Takes the socket passed by `LISTEN_PID` and `LISTEN_FDS`, and removes both from the environment,
 * so that no child uses them.
 */
function takeActivatedSocket(env: NodeJS.ProcessEnv): number | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env as { LISTEN_PID?: string; LISTEN_FDS?: string };
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete env[name];
  return pid === String(process.pid) && Number(count) >= 1 ? FIRST_FD : undefined;
}
