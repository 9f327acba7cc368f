import type { Settings } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import { serverNames } from "../net/server-urls.ts";
import { loadStoredCertificate, type StoredCertificate as StoredIdentity } from "../tls/certificate-store.ts";
import { ClockWatch } from "../util/clock-watch.ts";
import { describeError } from "../util/errors.ts";
import type { Logger } from "../util/log/logger.ts";
import { CertificateFiles, certificatePathsOf } from "./certificate-files.ts";

/** What the server shows for itself over TLS. */
export interface ServerCertificate {
  /** Certificate and key, in PEM. */
  readonly pem: string;
  /** Tells of each new one, until it is closed. */
  watch(onNew: (pem: string) => void): void;
  close(): void;
}

/**
 * The certificate that the settings ask for; undefined where the port speaks plain HTTP.
 * @throws SetupError when it cannot be used, or not kept.
 */
export async function openServerCertificate(settings: Settings, log: Logger): Promise<ServerCertificate | undefined> {
  const pair = certificatePathsOf(settings);
  if (pair !== undefined) return await CertificateFiles.open(pair, log);
  return settings.tlsSelfSigned ? await SelfSignedCertificate.open(settings, log) : undefined;
}

/** How often to see whether the certificate is still good, in milliseconds: this machine may be given another address. */
const CHECK_MS = 10 * 60_000;

/** The server's own certificate, kept in its state folder and made anew when it is no longer good. */
class SelfSignedCertificate implements ServerCertificate {
  readonly #settings: Settings;
  readonly #log: Logger;
  #current: StoredIdentity;
  #timer: NodeJS.Timeout | undefined;
  readonly #clock = new ClockWatch();

  private constructor(settings: Settings, log: Logger, current: StoredIdentity) {
    this.#settings = settings;
    this.#log = log;
    this.#current = current;
  }

  /** Throws a SetupError when the certificate cannot be kept. */
  static async open(settings: Settings, log: Logger): Promise<SelfSignedCertificate> {
    const current = await find(settings, false);
    log.info(`The certificate is ${current.isNew ? "new, and kept" : "the one kept"} in ${current.path}`);
    if (!current.isInDate) log.warn(`By this machine's clock the certificate is not in date. ${WHEN_RENEWED}`);
    return new SelfSignedCertificate(settings, log, current);
  }

  /** Certificate and key, in PEM. */
  get pem(): string {
    return this.#current.pem;
  }

  /** Tells of each new one, until it is closed. */
  watch(onNew: (pem: string) => void): void {
    const check = async () => {
      const now = await find(this.#settings, this.#clock.isSure());
      if (now.pem === this.#current.pem || this.#timer === undefined) return;
      this.#current = now;
      this.#log.info(`There is a new certificate in ${now.path}: this machine's addresses, or its date, have changed`);
      onNew(now.pem);
    };
    this.#timer = setInterval(() => {
      check().catch((error: unknown) => this.#log.warn(`The certificate cannot be renewed: ${describeError(error)}`));
    }, CHECK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const WHEN_RENEWED =
  "It is renewed once the clock has gone on for an hour without being set; see that the clock is right.";

function find({ host, stateDir }: Settings, isClockSure: boolean): Promise<StoredIdentity> {
  return loadStoredCertificate(stateDirOf(stateDir, process.env), serverNames(host), new Date(), isClockSure);
}
