import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { SetupError } from "../util/errors.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";

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
    throw new SetupError(
      `--tls-cert: ${JSON.stringify(paths.cert)} holds no certificate in PEM. Name one that does.`,
      2,
    );
  }
  const privateKey: KeyObject | undefined = parse(() => createPrivateKey(key));
  if (privateKey === undefined) {
    const rule = "holds no private key in PEM without a password. Name one that does.";
    throw new SetupError(`--tls-key: ${JSON.stringify(paths.key)} ${rule}`, 2);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    const [certPath, keyPath] = [JSON.stringify(paths.cert), JSON.stringify(paths.key)];
    throw new SetupError(
      `--tls-key: ${keyPath} is not the key of the first certificate in ${certPath}. Name that key.`,
      2,
    );
  }
  const pem = `${cert.trimEnd()}\n${key.trimEnd()}\n`;
  try {
    // A chain broken further down, a key that is too short.
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    throw new SetupError(
      `--tls-cert: OpenSSL does not accept ${JSON.stringify(paths.cert)}: ${reason}. Name a complete chain.`,
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
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new SetupError(`${flag}: ${JSON.stringify(path)} ${why}. Name a file that this user can read.`, 2);
  }
}

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
