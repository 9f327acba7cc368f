import { SetupError } from "./core/errors.ts";
import type { Logger } from "./log.ts";
import { checkPair, type PairPaths, type PairText, readPair } from "./net/tls/given.ts";

/** How often to see whether the files have changed, in milliseconds. They are read: links and mounts tell no watcher. */
const LOOK_MS = 5000;

const DAY_MS = 86_400_000;

/** Whoever renews certificates by program does it earlier than this before their end, in days. */
const WARN_DAYS = 7;

/** A certificate and key from files of the operator's, followed as they change. A pair that cannot be used changes nothing. */
export class GivenIdentity {
  readonly #paths: PairPaths;
  readonly #log: Pick<Logger, "info" | "warn">;
  readonly #lookMs: number;
  #current: PairText;
  #pem: string;
  /** What was there at the last look: certificate and key are written one after the other, and judged once at rest. */
  #seen: PairText;
  #timer: NodeJS.Timeout | undefined;

  private constructor(paths: PairPaths, log: Pick<Logger, "info" | "warn">, text: PairText, lookMs: number) {
    this.#paths = paths;
    this.#log = log;
    this.#lookMs = lookMs;
    this.#current = text;
    this.#seen = text;
    this.#pem = this.#check(text);
  }

  /** Throws a SetupError (exit 2) when the pair cannot be used. */
  static async open(
    paths: PairPaths,
    log: Pick<Logger, "info" | "warn">,
    lookMs: number = LOOK_MS,
  ): Promise<GivenIdentity> {
    return new GivenIdentity(paths, log, await readPair(paths), lookMs);
  }

  /** Certificate and key, in PEM. */
  get pem(): string {
    return this.#pem;
  }

  /** Tells of each new pair, until it is closed. */
  keepGood(onNew: (pem: string) => void): void {
    let said = "";
    this.#timer = setInterval(() => {
      this.#look().then(
        (pem) => {
          if (pem === undefined || this.#timer === undefined) return;
          said = "";
          this.#log.info(`There is a new certificate in ${this.#paths.cert}`);
          onNew(pem);
        },
        (error: unknown) => {
          const why = (error as Error).message;
          if (why !== said) this.#log.warn(`The certificate stays the old one: ${why}`);
          said = why;
        },
      );
    }, this.#lookMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The pair, if it is another and at rest. Throws when that cannot be used. */
  async #look(): Promise<string | undefined> {
    const text = await readPair(this.#paths);
    const isAtRest = isSame(text, this.#seen);
    this.#seen = text;
    if (!isAtRest || isSame(text, this.#current)) return undefined;
    this.#pem = this.#check(text);
    this.#current = text;
    return this.#pem;
  }

  #check(text: PairText): string {
    const { pem, certificate } = checkPair(text, this.#paths);
    const days = Math.floor((new Date(certificate.validTo).getTime() - Date.now()) / DAY_MS);
    if (days < 0) this.#log.warn(`The certificate in ${this.#paths.cert} ended on ${certificate.validTo}`);
    else if (days < WARN_DAYS) this.#log.warn(`The certificate in ${this.#paths.cert} ends in ${days} days`);
    return pem;
  }
}

/** The files of the two settings; undefined where neither is given. Throws a SetupError (exit 2) when one is alone, or in vain. */
export function givenPair(settings: {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsSelfSigned: boolean;
}): PairPaths | undefined {
  const { tlsCert: cert, tlsKey: key, tlsSelfSigned } = settings;
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const [there, missing] = cert === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
    throw new SetupError(`${there} must come with ${missing}, got ${JSON.stringify(cert ?? key)} alone`, 2);
  }
  if (tlsSelfSigned) throw new SetupError("--tls-self-signed must be left out where --tls-cert is given, got both", 2);
  return { cert, key };
}

function isSame(one: PairText, other: PairText): boolean {
  return one.cert === other.cert && one.key === other.key;
}
