import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { SetupError } from "../util/errors.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";

/** The files of `--tls-cert` and `--tls-key`. */
export interface PemPaths {
  readonly cert: string;
  readonly key: string;
}

export interface PemText {
  readonly cert: string;
  readonly key: string;
}

/** @throws SetupError (exit 2) */
export async function readPemFiles({ cert, key }: PemPaths): Promise<PemText> {
  const [certText, keyText] = await Promise.all([readPem(cert, "--tls-cert"), readPem(key, "--tls-key")]);
  return { cert: certText, key: keyText };
}

/** @throws SetupError (exit 2) if a server cannot use them. */
export function checkPemFiles({ cert, key }: PemText, paths: PemPaths): { pem: string; certificate: X509Certificate } {
  const certificate = parse(() => new X509Certificate(cert));
  if (certificate === undefined) {
    throw new SetupError(`--tls-cert must hold a certificate in PEM, got ${JSON.stringify(paths.cert)}`, 2);
  }
  const privateKey: KeyObject | undefined = parse(() => createPrivateKey(key));
  if (privateKey === undefined) {
    const rule = "--tls-key must hold a private key in PEM, without a password";
    throw new SetupError(`${rule}, got ${JSON.stringify(paths.key)}`, 2);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    const rule = "--tls-key must be the key of --tls-cert's first certificate";
    throw new SetupError(`${rule}, got ${JSON.stringify(paths.key)} with ${JSON.stringify(paths.cert)}`, 2);
  }
  const pem = `${cert.trimEnd()}\n${key.trimEnd()}\n`;
  try {
    // OpenSSL alone knows: a chain broken further down, a key that is too short.
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    throw new SetupError(
      `--tls-cert must be a certificate chain that OpenSSL accepts, got ${JSON.stringify(paths.cert)}: ${reason}`,
      2,
    );
  }
  return { pem, certificate };
}

async function readPem(path: string, flag: string): Promise<string> {
  try {
    return await readSettingsFile(path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const rule = code === "ENOENT" ? "a file that is there" : "a file that this user can read";
    throw new SetupError(
      `${flag} must name ${rule}, got ${JSON.stringify(path)}${code === "ENOENT" ? "" : ` (${code})`}`,
      2,
    );
  }
}

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
