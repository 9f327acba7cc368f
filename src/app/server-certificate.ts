import type { Settings } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import { serverNames } from "../net/server-urls.ts";
import { loadStoredCertificate, type StoredCertificate as StoredIdentity } from "../tls/certificate-store.ts";
import { ClockWatch } from "../util/clock-watch.ts";
import { describeError } from "../util/errors.ts";
import type { Logger } from "../util/log/logger.ts";
import { CertificateFiles, certificatePathsOf } from "./certificate-files.ts";

export interface ServerCertificate {
  readonly pem: string;
  watch(onNew: (pem: string) => void): void;
  close(): void;
}

/** Opens the certificate of the settings; undefined for plain HTTP. @throws SetupError */
export async function openServerCertificate(settings: Settings, log: Logger): Promise<ServerCertificate | undefined> {
  const pair = certificatePathsOf(settings);
  if (pair !== undefined) return await CertificateFiles.open(pair, log);
  return settings.tlsSelfSigned ? await SelfSignedCertificate.open(settings, log) : undefined;
}

/** This machine may get another address. */
const CHECK_MS = 10 * 60_000;

/** Renews a self-signed certificate in the state folder. */
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

  /** @throws SetupError if it cannot be stored. */
  static async open(settings: Settings, log: Logger): Promise<SelfSignedCertificate> {
    const current = await find(settings, false);
    log.info(`Certificate ${current.isNew ? "created in" : "found in"} ${current.path}`);
    if (!current.isInDate) log.warn(`Certificate not in date by this machine's clock. ${WHEN_RENEWED}`);
    return new SelfSignedCertificate(settings, log, current);
  }

  get pem(): string {
    return this.#current.pem;
  }

  watch(onNew: (pem: string) => void): void {
    const check = async () => {
      const now = await find(this.#settings, this.#clock.isSure());
      if (now.pem === this.#current.pem || this.#timer === undefined) return;
      this.#current = now;
      this.#log.info(`Certificate renewed in ${now.path}: this machine's addresses, or the date, have changed`);
      onNew(now.pem);
    };
    this.#timer = setInterval(() => {
      check().catch((error: unknown) => this.#log.warn(`Certificate not renewed: ${describeError(error)}`));
    }, CHECK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const WHEN_RENEWED = "It is renewed after an hour in which nothing sets the clock. Check the clock.";

function find({ host, stateDir }: Settings, isClockSure: boolean): Promise<StoredIdentity> {
  return loadStoredCertificate(stateDirOf(stateDir, process.env), serverNames(host), new Date(), isClockSure);
}
