import { checkPemFiles, type PemPaths, type PemText, readPemFiles } from "../tls/read-pem.ts";
import { SetupError } from "../util/errors.ts";
import { FilePoller } from "../util/files/file-poller.ts";
import type { Logger } from "../util/log/logger.ts";

/** How often to see whether the files have changed, in milliseconds. */
const POLL_MS = 5000;

const DAY_MS = 86_400_000;

/** Whoever renews certificates by program does it earlier than this before their end, in days. */
const WARN_DAYS = 7;

/** A certificate and key from files of the operator's, followed as they change. A pair that cannot be used changes nothing. */
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

  /** Throws a SetupError (exit 2) when the pair cannot be used. */
  static async open(
    paths: PemPaths,
    log: Pick<Logger, "info" | "warn">,
    lookMs: number = POLL_MS,
  ): Promise<CertificateFiles> {
    return new CertificateFiles(paths, log, await readPemFiles(paths), lookMs);
  }

  /** Certificate and key, in PEM. */
  get pem(): string {
    return this.#pem;
  }

  /** Tells of each new pair, until it is closed. */
  watch(onNew: (pem: string) => void): void {
    this.#follower = new FilePoller(this.#current, {
      read: () => readPemFiles(this.#paths),
      everyMs: this.#lookMs,
      // Certificate and key are written one after the other, and judged once both are there.
      settleMs: this.#lookMs,
      onChange: (reading) => {
        try {
          if ("error" in reading) throw reading.error;
          if (!this.#take(reading.content)) return;
          this.#log.info(`There is a new certificate in ${this.#paths.cert}`);
          onNew(this.#pem);
        } catch (error) {
          this.#log.warn(`The certificate stays the old one: ${(error as Error).message}`);
        }
      },
    });
  }

  close(): void {
    this.#follower?.close();
  }

  /** False for the pair there is: another that could not be used may have been there between. Throws for one that cannot be used. */
  #take(text: PemText): boolean {
    if (text.cert === this.#current.cert && text.key === this.#current.key) return false;
    this.#pem = this.#check(text);
    this.#current = text;
    return true;
  }

  #check(text: PemText): string {
    const { pem, certificate } = checkPemFiles(text, this.#paths);
    const days = Math.floor((new Date(certificate.validTo).getTime() - Date.now()) / DAY_MS);
    if (days < 0) this.#log.warn(`The certificate in ${this.#paths.cert} ended on ${certificate.validTo}`);
    else if (days < WARN_DAYS) this.#log.warn(`The certificate in ${this.#paths.cert} ends in ${days} days`);
    return pem;
  }
}

/** The files of the two settings; undefined where neither is given. Throws a SetupError (exit 2) when one is alone, or in vain. */
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
