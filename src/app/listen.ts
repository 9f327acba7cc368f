import type { Server } from "node:http";
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

/** The first descriptor a service manager hands over (sd_listen_fds(3), SD_LISTEN_FDS_START). */
const FIRST_FD = 3;

/**
 * The listening socket that a service manager handed to this very process, by `LISTEN_PID` and `LISTEN_FDS`; undefined if it did not.
 * Both are taken out of the environment, so that no child takes them for its own. Of several the first is taken.
 */
function takeActivatedSocket(env: NodeJS.ProcessEnv): number | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env as { LISTEN_PID?: string; LISTEN_FDS?: string };
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete env[name];
  return pid === String(process.pid) && Number(count) >= 1 ? FIRST_FD : undefined;
}
