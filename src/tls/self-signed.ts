import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { addressBytes } from "../net/ip-address.ts";
import * as der from "./der.ts";

export interface SelfSignedOptions {
  /** Cut to 64 characters (RFC 5280, appendix A.1). */
  readonly title: string;
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** P-256. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Creates a certificate (RFC 5280) in DER. */
export function selfSigned({ title, names, notBefore, notAfter, privateKey, publicKey }: SelfSignedOptions): Buffer {
  const name = der.sequence(
    der.set(der.sequence(der.objectIdentifier(COMMON_NAME), der.utf8String(title.slice(0, 64)))),
  );
  const spki = publicKey.export({ type: "spki", format: "der" });
  const toBeSigned = der.sequence(
    // Version 3.
    der.tagged(EXPLICIT, der.integer(Buffer.of(2))),
    serialNumber(),
    SIGNATURE_ALGORITHM,
    name,
    der.sequence(der.time(notBefore), der.time(notAfter)),
    name,
    spki,
    der.tagged(EXPLICIT | 3, der.sequence(...extensions(names, spki))),
  );
  return der.sequence(toBeSigned, SIGNATURE_ALGORITHM, der.bitString(sign("sha256", toBeSigned, privateKey)));
}

/** iOS refuses a certificate without names and purpose (support.apple.com/103769). */
function extensions(names: readonly string[], spki: Uint8Array): Buffer[] {
  return [
    // No authority.
    extension("2.5.29.19", der.sequence(), true),
    // Digital signature, the first bit.
    extension("2.5.29.15", der.bitString(Buffer.of(0x80), 7), true),
    // Server authentication.
    extension("2.5.29.37", der.sequence(der.objectIdentifier("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", der.sequence(...names.map(alternativeName))),
    extension("2.5.29.14", der.octetString(createHash("sha1").update(spki).digest())),
  ];
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return der.sequence(der.objectIdentifier(id), ...(isCritical ? [der.boolean(true)] : []), der.octetString(value));
}

/** GeneralName (RFC 5280, 4.2.1.6): [2] for a host name, [7] for address bytes. */
function alternativeName(name: string): Buffer {
  return isIP(name) === 0 ? der.tagged(CONTEXT | 2, Buffer.from(name)) : der.tagged(CONTEXT | 7, addressBytes(name));
}

/** 126 random bits (RFC 5280, 4.1.2.2, allows 20 bytes). */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return der.integer(bytes);
}

/** X.690, 8.1.2.2; the second kind holds another element. */
const CONTEXT = 0x80;
const EXPLICIT = 0xa0;

/** 2.5.4.3 (X.520). */
const COMMON_NAME = "2.5.4.3";

/** ecdsa-with-SHA256 (RFC 5758, 3.2). */
const SIGNATURE_ALGORITHM = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2"));
