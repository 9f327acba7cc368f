import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSecureContext } from "node:tls";
import { loadStoredCertificate } from "../../src/tls/certificate-store.ts";
import { testFolder } from "../support/temporary-folder.ts";

const folder = testFolder();
const DAY_MS = 86_400_000;
const HOSTS = ["localhost", "Pi", "127.0.0.1", "::1", "192.168.0.5", "2001:DB8:0:0::7"];
let folders = 0;
const newFolder = () => join(folder, String(++folders), "deep");

test("a new one is kept for its owner's eyes alone, and is the same the next time", async () => {
  const path = newFolder();
  const made = await loadStoredCertificate(path, HOSTS);
  assert.equal(made.isNew, true);
  createSecureContext({ key: made.pem, cert: made.pem });
  assert.equal(readFileSync(made.path, "utf8"), made.pem);
  if (process.platform !== "win32") {
    assert.equal(statSync(made.path).mode & 0o777, 0o600);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  }
  assert.deepEqual(readdirSync(path), ["tls.pem"]);
  assert.deepEqual(await loadStoredCertificate(path, HOSTS), { ...made, isNew: false });
  assert.deepEqual(await loadStoredCertificate(path, HOSTS.slice(2)), { ...made, isNew: false });
});

test("it lasts for what iOS allows, from the day before", async () => {
  const now = new Date("2026-11-21T00:00:00Z");
  const { validFrom, validTo } = new X509Certificate((await loadStoredCertificate(newFolder(), HOSTS, now)).pem);
  const days = (Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS;
  assert.ok(days <= 825 && days > 800, `${days}`);
  assert.equal(Date.parse(validFrom), now.getTime() - DAY_MS);
});

test("a machine of another name gets a new one, which is good by the old names too and has the old key", async () => {
  const path = newFolder();
  const old = new X509Certificate((await loadStoredCertificate(path, HOSTS)).pem);
  const { pem, isNew } = await loadStoredCertificate(path, ["localhost", "192.168.7.7"]);
  const certificate = new X509Certificate(pem);
  assert.equal(isNew, true);
  assert.ok(certificate.checkIP("192.168.7.7") && certificate.checkIP("192.168.0.5") && certificate.checkHost("pi"));
  assert.ok(certificate.publicKey.equals(old.publicKey));
  assert.equal((await loadStoredCertificate(path, HOSTS)).isNew, false);
});

test("names of the past are not kept without end", async () => {
  const path = newFolder();
  for (let count = 0; count < 60; count += 10) {
    await loadStoredCertificate(path, [
      "localhost",
      ...Array.from({ length: 10 }, (_, index) => `10.0.0.${count + index}`),
    ]);
  }
  const certificate = new X509Certificate(readFileSync(join(path, "tls.pem")));
  assert.ok(certificate.checkIP("10.0.0.59") && certificate.checkHost("localhost"));
  assert.equal(certificate.subjectAltName?.split(", ").length, 32);
});

test("one that ends within a month is renewed by a clock that is sure, and kept by one that may be wrong", async () => {
  const path = newFolder();
  const start = new Date("2026-01-02T00:00:00Z");
  const { pem } = await loadStoredCertificate(path, HOSTS, start);
  const later = (days: number, isSure: boolean) =>
    loadStoredCertificate(path, HOSTS, new Date(start.getTime() + days * DAY_MS), isSure);
  assert.deepEqual(await later(789, true), { pem, isNew: false, isInDate: true, path: join(path, "tls.pem") });
  // A battery that is empty, a wrong answer of a time server, or 1970 before there is any.
  for (const days of [791, 10_000, -2, -20_000]) {
    assert.deepEqual(await later(days, false), { pem, isNew: false, isInDate: false, path: join(path, "tls.pem") });
  }
  assert.equal((await later(-20_000, true)).pem, pem);
  assert.equal((await later(791, true)).isNew, true);
  // One from the future was made by a clock that has been set back since.
  assert.equal((await later(1, true)).isNew, true);
});

test("a new name while the clock is wrong changes no date", async () => {
  const path = newFolder();
  const made = new X509Certificate((await loadStoredCertificate(path, HOSTS, new Date("2026-11-29T00:00:00Z"))).pem);
  for (const [index, date] of ["1970-01-01T00:00:05Z", "2040-01-01T00:00:00Z"].entries()) {
    const { pem, isNew } = await loadStoredCertificate(path, [...HOSTS, `10.7.7.${index}`], new Date(date));
    const { validFrom, validTo } = new X509Certificate(pem);
    assert.deepEqual([isNew, validFrom, validTo], [true, made.validFrom, made.validTo]);
  }
});

test("one that is made in 1970 is good today, and renewed at once when it is not", async () => {
  const path = newFolder();
  const { pem } = await loadStoredCertificate(path, HOSTS, new Date(5000));
  const { validFrom, validTo } = new X509Certificate(pem);
  assert.deepEqual([validFrom, validTo], ["Dec 31 00:00:00 2025 GMT", "Mar 31 00:00:00 2028 GMT"]);
  assert.equal((await loadStoredCertificate(path, HOSTS, new Date("2026-11-29T00:00:00Z"))).pem, pem);
  assert.equal((await loadStoredCertificate(path, HOSTS, new Date("2029-01-01T00:00:00Z"))).isNew, true);
});

for (const [what, content] of [
  ["nothing", ""],
  ["garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
] as const) {
  test(`a file that holds ${what} is replaced`, async () => {
    const path = newFolder();
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "tls.pem"), content);
    assert.equal((await loadStoredCertificate(path, HOSTS)).isNew, true);
    assert.equal((await loadStoredCertificate(path, HOSTS)).isNew, false);
  });
}

test("a certificate of another key is replaced", async () => {
  const [one, two] = [newFolder(), newFolder()];
  const [first, second] = [
    (await loadStoredCertificate(one, HOSTS)).pem,
    (await loadStoredCertificate(two, HOSTS)).pem,
  ];
  const keyAt = (pem: string) => pem.indexOf("-----BEGIN PRIVATE KEY");
  writeFileSync(join(one, "tls.pem"), first.slice(0, keyAt(first)) + second.slice(keyAt(second)));
  assert.equal((await loadStoredCertificate(one, HOSTS)).isNew, true);
});

test("a folder that is not writable is reported in one sentence, with what to do", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await assert.rejects(loadStoredCertificate(join(file, "below"), HOSTS), {
    name: "SetupError",
    exitCode: 1,
    message: `cannot save the certificate in ${JSON.stringify(join(file, "below"))}: ENOTDIR. Name a writable folder by --state-dir.`,
  });
});

test("the process's mask takes nothing from the file, nor adds to it", {
  skip: process.platform === "win32",
}, async () => {
  const before = process.umask(0o277);
  try {
    const path = newFolder();
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
    await loadStoredCertificate(path, HOSTS);
    assert.equal(statSync(join(path, "tls.pem")).mode & 0o777, 0o600);
  } finally {
    process.umask(before);
  }
  assert.ok(existsSync(folder));
});
