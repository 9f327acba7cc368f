import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { describeError } from "../util/errors.ts";
import type { Logger } from "../util/log/logger.ts";
import { threadPool } from "../util/process/thread-pool.ts";
import { type Notify, openNotify } from "./notify.ts";

/** What is told of without a watchdog too, and how often, in milliseconds. */
const STATUS_MS = 30_000;

export interface WatchedServer {
  /** Where it listens. */
  readonly address: AddressInfo;
  /** One line for `systemctl status`. */
  readonly status: () => string;
}

/**
 * This process as the service manager sees it (sd_notify(3), sd_watchdog_enabled(3)): ready, alive, stopping. The watchdog is fed
 * while the event loop runs, the port answers and the thread pool works, whatever the cameras do; else the manager starts the
 * program again.
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

  /** Takes what the manager said out of the environment, so that no child takes it for its own. */
  static async open(env: NodeJS.ProcessEnv, log: Logger): Promise<ServiceManager> {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env as Record<string, string | undefined>;
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
    const notify = await openNotify(path).catch((error: unknown) => {
      log.warn(`The service manager cannot be told that this runs, and will end it: ${describeError(error)}`);
      return undefined;
    });
    const isOurs = pid === undefined || pid === String(process.pid);
    const watchdogMs = isOurs && Number(usec) > 0 ? Number(usec) / 1000 : undefined;
    return new ServiceManager(notify, watchdogMs, log);
  }

  /** It listens: says so, and from now on that it still does. */
  ready(watched: WatchedServer): void {
    const notify = this.#notify;
    if (notify === undefined) return;
    notify(`READY=1\nSTATUS=${watched.status()}`);
    // Twice as often as need be, as sd_watchdog_enabled(3) advises.
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
    const trouble = doesAnswer ? "Files and name lookups hang" : "The server's own port does not answer";
    if (doesAnswer && poolWorks) notify(`WATCHDOG=1\nSTATUS=${status()}`);
    else this.#log.warn(`${trouble}; if that lasts, the service manager starts it again`);
  }
}

/** Where all addresses are listened on, this machine is reached so. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * Whether the server at an address answers HTTP in time: anything at all, since a camera that is unplugged is no reason to start the
 * program again. A port of TLS answers plain HTTP too, with a redirect.
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
