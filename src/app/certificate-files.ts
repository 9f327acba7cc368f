import { checkPemFiles, type PemPaths, type PemText, readPemFiles } from "../tls/read-pem.ts";
import { SetupError } from "../util/errors.ts";
import { FilePoller } from "../util/files/file-poller.ts";
import type { Logger } from "../util/log/logger.ts";

const POLL_MS = 5000;

const DAY_MS = 86_400_000;

/** Warn this long before the end: programs that renew certificates do it earlier. */
const WARN_DAYS = 7;

/** Reads certificate and key from files, and watches them. Ignores a pair that cannot be used. */
export class CertificateFiles {
  readonly #paths: PemPaths;
  readonly #log: Pick<Logger, "info" | "warn">;
  readonly #lookMs: number;
  #current: PemText;
  #pem: string;
  #follower: FilePoller<PemText> | undefined;

  private constructor(paths: PemPaths, log: Pick<Logger, "info" | "warn">, text: PemText, lookMs: number) {
    this.#paths = paths;
    this.#log = log;
    this.#lookMs = lookMs;
    this.#current = text;
    this.#pem = this.#check(text);
  }

  /** Reads the pair. @throws SetupError (exit 2) if it cannot be used. */
  static async open(
    paths: PemPaths,
    log: Pick<Logger, "info" | "warn">,
    lookMs: number = POLL_MS,
  ): Promise<CertificateFiles> {
    return new CertificateFiles(paths, log, await readPemFiles(paths), lookMs);
  }

  get pem(): string {
    return this.#pem;
  }

  watch(onNew: (pem: string) => void): void {
    this.#follower = new FilePoller(this.#current, {
      read: () => readPemFiles(this.#paths),
      everyMs: this.#lookMs,
      // Programs write certificate and key one after the other: wait for both.
      settleMs: this.#lookMs,
      onChange: (reading) => {
        try {
          if ("error" in reading) throw reading.error;
          if (!this.#take(reading.content)) return;
          this.#log.info(`Certificate renewed from ${this.#paths.cert}`);
          onNew(this.#pem);
        } catch (error) {
          this.#log.warn(`Certificate not renewed: ${(error as Error).message}`);
        }
      },
    });
  }

  close(): void {
    this.#follower?.close();
  }

  /** Returns false for the current pair. @throws SetupError if it cannot be used. */
  #take(text: PemText): boolean {
    if (text.cert === this.#current.cert && text.key === this.#current.key) return false;
    this.#pem = this.#check(text);
    this.#current = text;
    return true;
  }

  #check(text: PemText): string {
    const { pem, certificate } = checkPemFiles(text, this.#paths);
    const days = Math.floor((new Date(certificate.validTo).getTime() - Date.now()) / DAY_MS);
    if (days < 0) this.#log.warn(`Certificate expired: ${this.#paths.cert} ended on ${certificate.validTo}`);
    else if (days < WARN_DAYS) this.#log.warn(`Certificate expires soon: ${this.#paths.cert} ends in ${days} days`);
    return pem;
  }
}

/** @throws SetupError (exit 2) for one file without the other. */
export function certificatePathsOf(settings: {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsSelfSigned: boolean;
}): PemPaths | undefined {
  const { tlsCert: cert, tlsKey: key, tlsSelfSigned } = settings;
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const [there, missing] = cert === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
    throw new SetupError(`${there}: ${JSON.stringify(cert ?? key)} is given without ${missing}. Give both.`, 2);
  }
  if (tlsSelfSigned) throw new SetupError("--tls-self-signed: --tls-cert is given too. Give one of them.", 2);
  return { cert, key };
}
