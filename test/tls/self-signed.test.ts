import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { selfSigned } from "../../src/tls/self-signed.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

const folder = testFolder();
const NAMES = ["localhost", "pi.local", "127.0.0.1", "::1", "fe80::1:2", "192.168.0.5", "2001:db8::"];

function make(title = "stillstream on pi") {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const notBefore = new Date("2026-11-20T00:00:00Z");
  const notAfter = new Date("2029-02-18T00:00:00Z");
  const bytes = selfSigned({ title, names: NAMES, notBefore, notAfter, privateKey, publicKey });
  return { certificate: new X509Certificate(bytes), publicKey };
}

test("a certificate vouches for itself, by every name it was made for and no other", () => {
  const { certificate, publicKey } = make();
  assert.equal(certificate.verify(publicKey), true);
  assert.deepEqual([certificate.subject, certificate.issuer], ["CN=stillstream on pi", "CN=stillstream on pi"]);
  for (const name of NAMES.slice(0, 2)) assert.equal(certificate.checkHost(name), name);
  for (const address of NAMES.slice(2)) assert.equal(certificate.checkIP(address), address);
  assert.equal(certificate.checkHost("example.org"), undefined);
  assert.equal(certificate.checkIP("192.168.0.6"), undefined);
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
});

test("no two certificates have one serial number, and a long title is cut", () => {
  const [one, two] = [make(), make("ö".repeat(100))];
  assert.notEqual(one.certificate.serialNumber, two.certificate.serialNumber);
  assert.equal(one.certificate.serialNumber.length, 32);
  assert.equal(two.certificate.subject, `CN=${"ö".repeat(64)}`);
});

test("OpenSSL reads it strictly and finds what browsers ask for", { skip: needs("openssl") }, () => {
  const path = join(folder, "certificate.pem");
  writeFileSync(path, make().certificate.toString());
  const verified = execFileSync("openssl", ["verify", "-x509_strict", "-attime", "1796000000", "-CAfile", path, path]);
  assert.match(verified.toString(), /: OK\n$/);
  const text = execFileSync("openssl", ["x509", "-in", path, "-noout", "-text"]).toString();
  for (const wanted of [
    /Version: 3/,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Not Before: Nov 20 00:00:00 2026 GMT/,
    /Not After : Feb 18 00:00:00 2029 GMT/,
    /NIST CURVE: P-256/,
    /Basic Constraints: critical\s+CA:FALSE/,
    /Key Usage: critical\s+Digital Signature\n/,
    /Extended Key Usage: ?\s+TLS Web Server Authentication/,
    /Subject Alternative Name: ?\s+DNS:localhost, DNS:pi\.local, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/,
    /Subject Key Identifier/,
  ]) {
    assert.match(text, wanted);
  }
});
