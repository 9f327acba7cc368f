import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { describeError } from "../util/errors.ts";
import type { Logger } from "../util/log/logger.ts";
import { threadPool } from "../util/process/thread-pool.ts";
import { type Notify, openNotify } from "./notify.ts";

/** How often to send the status, with or without a watchdog. */
const STATUS_MS = 30_000;

export interface WatchedServer {
  readonly address: AddressInfo;
  /** One line for `systemctl status`. */
  readonly status: () => string;
}

/**
 * Reports to the service manager (sd_notify(3), sd_watchdog_enabled(3)): ready, alive, stopping.
 * Feeds the watchdog while the event loop runs, the port answers and the thread pool works,
 * whatever the cameras do; else the manager restarts the program.
 */
export class ServiceManager {
  readonly #notify: Notify | undefined;
  readonly #watchdogMs: number | undefined;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  private constructor(notify: Notify | undefined, watchdogMs: number | undefined, log: Logger) {
    this.#notify = notify;
    this.#watchdogMs = watchdogMs;
    this.#log = log;
  }

  /** Removes the manager's variables, so that no child uses them. */
  static async open(env: NodeJS.ProcessEnv, log: Logger): Promise<ServiceManager> {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env as Record<string, string | undefined>;
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
    const notify = await openNotify(path).catch((error: unknown) => {
      log.warn(`Service manager not reachable, so it will end the server: ${describeError(error)}`);
      return undefined;
    });
    const isOurs = pid === undefined || pid === String(process.pid);
    const watchdogMs = isOurs && Number(usec) > 0 ? Number(usec) / 1000 : undefined;
    return new ServiceManager(notify, watchdogMs, log);
  }

  ready(watched: WatchedServer): void {
    const notify = this.#notify;
    if (notify === undefined) return;
    notify(`READY=1\nSTATUS=${watched.status()}`);
    // At half the interval, as sd_watchdog_enabled(3) advises.
    const everyMs = Math.min(STATUS_MS, (this.#watchdogMs ?? Number.POSITIVE_INFINITY) / 2);
    this.#timer = setInterval(() => {
      void this.#beat(notify, watched, everyMs);
    }, everyMs);
    this.#timer.unref();
  }

  stopping(): void {
    clearInterval(this.#timer);
    this.#notify?.("STOPPING=1\nSTATUS=Stopping");
  }

  async #beat(notify: Notify, { address, status }: WatchedServer, everyMs: number): Promise<void> {
    const [doesAnswer, poolWorks] = await Promise.all([isAnswering(address, everyMs), threadPool.works()]);
    const trouble = doesAnswer ? "Files and name lookups hang" : "The server's port does not answer";
    if (doesAnswer && poolWorks) notify(`WATCHDOG=1\nSTATUS=${status()}`);
    else this.#log.warn(`Watchdog not fed: ${trouble}. If that lasts, the service manager restarts the server.`);
  }
}

/** Addresses that reach a server which listens on all addresses. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * Returns whether the server answers HTTP in time, with any status: an unplugged camera is no
 * reason for a restart. A TLS port answers plain HTTP with a redirect.
 */
function isAnswering({ address, port }: AddressInfo, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({
      host: LOOPBACK[address] ?? address,
      port,
      method: "HEAD",
      path: "/healthz",
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(true);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
