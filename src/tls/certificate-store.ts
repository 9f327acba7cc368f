import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { canonicalAddress } from "../net/ip-address.ts";
import { LateError } from "../util/bulkhead.ts";
import { EARLIEST } from "../util/clock.ts";
import { SetupError } from "../util/errors.ts";
import { writePrivateFile } from "../util/files/private-file.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";
import { selfSigned } from "./self-signed.ts";

/** What a server shows for itself. */
export interface StoredCertificate {
  /** The certificate and its key, in PEM, one behind the other. */
  readonly pem: string;
  /** True when it was made just now. */
  readonly isNew: boolean;
  /** True when it is good by the clock. */
  readonly isInDate: boolean;
  /** The file it is kept in. */
  readonly path: string;
}

const DAY_MS = 86_400_000;

/** iOS takes certificates of up to 825 days (https://support.apple.com/en-us/103769). */
const VALID_DAYS = 820;

/** One that ends sooner than this, in days, is made anew. */
const RENEW_DAYS = 30;

/** Clocks differ: it is good from the day before it was made. */
const BACKDATED_DAYS = 1;

/** Names of networks a machine was in before are kept, up to so many: to make it anew is to have every phone ask again. */
const MAX_NAMES = 32;

/** Key and certificate in one file, so that they cannot be of two. */
const FILE = "tls.pem";

/**
 * The certificate kept in a folder, if it is good for all of `hosts` and for a while yet; else a new one, which is kept
 * there, for its owner's eyes alone. It keeps the key, and the names, that the old one had. For its dates one is replaced only
 * by a clock that is sure: to replace a good one is to have every phone ask again.
 * @throws SetupError when it cannot be kept.
 */
export async function loadStoredCertificate(
  folder: string,
  hosts: readonly string[],
  now = new Date(),
  isClockSure = false,
): Promise<StoredCertificate> {
  const names = hosts.map(plain);
  const path = join(folder, FILE);
  const old = await read(path);
  const isInDate = old !== undefined && isInDateAt(old.certificate, now);
  const isOver = old !== undefined && !isInDate && isOutdated(old.certificate, now, isClockSure);
  if (old !== undefined && !isOver && hasNames(old.certificate, names)) {
    return { pem: old.pem, isNew: false, isInDate, path };
  }
  const allNames = [...new Set([...names, ...(old === undefined ? [] : namesOf(old.certificate))])].slice(0, MAX_NAMES);
  const privateKey = old?.privateKey ?? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const certificate = selfSigned({
    title: `stillstream on ${names[1] ?? names[0]}`,
    names: allNames,
    ...(old === undefined || isInDate || isOver ? datesFrom(now) : datesOf(old.certificate)),
    privateKey,
    publicKey: createPublicKey(privateKey),
  });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const pem = new X509Certificate(certificate).toString() + key;
  await write(folder, path, pem);
  return { pem, isNew: true, isInDate: isInDateAt(new X509Certificate(certificate), now), path };
}

/** Undefined where there is none, or nothing that can be used. */
async function read(path: string) {
  try {
    const pem = await readSettingsFile(path);
    const [certificate, privateKey] = [new X509Certificate(pem), createPrivateKey(pem)];
    const isOurs = privateKey.asymmetricKeyDetails?.namedCurve === "prime256v1";
    return isOurs && certificate.checkPrivateKey(privateKey) ? { pem, certificate, privateKey } : undefined;
  } catch (error) {
    // A good one may be there, and is not to be replaced.
    if (error instanceof LateError) throw new SetupError(`the certificate cannot be read: ${error.message}`);
    return undefined;
  }
}

function hasNames(certificate: X509Certificate, names: readonly string[]): boolean {
  const kept = namesOf(certificate);
  return names.every((name) => kept.includes(name));
}

function datesOf({ validFrom, validTo }: X509Certificate): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
}

/** By a clock that is surely wrong it is good from the earliest date that may be right. */
function datesFrom(now: Date): { notBefore: Date; notAfter: Date } {
  const from = Math.max(now.getTime(), EARLIEST);
  return { notBefore: new Date(from - BACKDATED_DAYS * DAY_MS), notAfter: new Date(from + VALID_DAYS * DAY_MS) };
}

function isInDateAt(certificate: X509Certificate, now: Date): boolean {
  const { notBefore, notAfter } = datesOf(certificate);
  return notBefore <= now && notAfter.getTime() - now.getTime() > RENEW_DAYS * DAY_MS;
}

/** Whether its dates, and not the clock, are wrong. One that was made by a wrong clock has dates that mean nothing. */
function isOutdated(certificate: X509Certificate, now: Date, isClockSure: boolean): boolean {
  if (now.getTime() < EARLIEST) return false;
  return isClockSure || datesOf(certificate).notBefore.getTime() < EARLIEST;
}

/** Node writes `DNS:localhost, IP Address:127.0.0.1`. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").map((name) => plain(name.slice(name.indexOf(":") + 1)));
}

/** Returns the one spelling that all spellings of a name share. */
function plain(name: string): string {
  return canonicalAddress(name).toLowerCase();
}

async function write(folder: string, path: string, pem: string): Promise<void> {
  try {
    await writePrivateFile(path, pem);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SetupError(
      `the certificate cannot be kept in ${JSON.stringify(folder)} (${reason}); name a folder that can be written to with --state-dir`,
    );
  }
}
