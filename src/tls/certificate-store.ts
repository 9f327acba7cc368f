import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { canonicalAddress } from "../net/ip-address.ts";
import { LateError } from "../util/bulkhead.ts";
import { EARLIEST } from "../util/clock.ts";
import { SetupError } from "../util/errors.ts";
import { writePrivateFile } from "../util/files/private-file.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";
import { selfSigned } from "./self-signed.ts";

export interface StoredCertificate {
  readonly pem: string;
  readonly isNew: boolean;
  readonly isInDate: boolean;
  readonly path: string;
}

const DAY_MS = 86_400_000;

/** iOS accepts up to 825 days (https://support.apple.com/en-us/103769). */
const VALID_DAYS = 820;

/** Before it ends. */
const RENEW_DAYS = 30;

/** Clocks differ. */
const BACKDATED_DAYS = 1;

/** Of earlier networks: phones ask again about a new certificate. */
const MAX_NAMES = 32;

/** Key and certificate always match in one file. */
const FILE = "tls.pem";

/**
 * Returns the certificate in a folder if it covers `hosts` and does not end soon. Otherwise creates
 * one with the same key and the old names too. Only a sure clock replaces one for its dates.
 * @throws SetupError if it cannot be saved.
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

async function read(path: string) {
  try {
    const pem = await readSettingsFile(path);
    const [certificate, privateKey] = [new X509Certificate(pem), createPrivateKey(pem)];
    const isOurs = privateKey.asymmetricKeyDetails?.namedCurve === "prime256v1";
    return isOurs && certificate.checkPrivateKey(privateKey) ? { pem, certificate, privateKey } : undefined;
  } catch (error) {
    // A valid certificate must not be replaced.
    if (error instanceof LateError) throw new SetupError(`cannot read the certificate: ${error.message}`);
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

/** If the clock is surely wrong, starts at the earliest date that may be right. */
function datesFrom(now: Date): { notBefore: Date; notAfter: Date } {
  const from = Math.max(now.getTime(), EARLIEST);
  return { notBefore: new Date(from - BACKDATED_DAYS * DAY_MS), notAfter: new Date(from + VALID_DAYS * DAY_MS) };
}

function isInDateAt(certificate: X509Certificate, now: Date): boolean {
  const { notBefore, notAfter } = datesOf(certificate);
  return notBefore <= now && notAfter.getTime() - now.getTime() > RENEW_DAYS * DAY_MS;
}

function isOutdated(certificate: X509Certificate, now: Date, isClockSure: boolean): boolean {
  if (now.getTime() < EARLIEST) return false;
  return isClockSure || datesOf(certificate).notBefore.getTime() < EARLIEST;
}

/** Node writes `DNS:localhost, IP Address:127.0.0.1`. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").map((name) => plain(name.slice(name.indexOf(":") + 1)));
}

function plain(name: string): string {
  return canonicalAddress(name).toLowerCase();
}

async function write(folder: string, path: string, pem: string): Promise<void> {
  try {
    await writePrivateFile(path, pem);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SetupError(
      `cannot save the certificate in ${JSON.stringify(folder)}: ${reason}. Name a writable folder by --state-dir.`,
    );
  }
}
