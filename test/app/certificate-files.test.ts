import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { get as httpsGet } from "node:https";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { CertificateFiles } from "../../src/app/certificate-files.ts";
import { pushCamera, servePush } from "../support/cameras/push-camera.ts";
import { until } from "../support/deferred.ts";
import { type OpensslPair, opensslPair } from "../support/programs/openssl.ts";
import { refusalOf, startServer } from "../support/programs/server.ts";
import { get } from "../support/sockets/tls.ts";
import { temporaryFolder, testFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

const skip = needs("openssl");
const made = testFolder();

/** Makes each pair once: OpenSSL takes long for RSA. */
const pairs = new Map<string, OpensslPair>();

function pairOf(name: "first" | "second", kind: "ec" | "rsa"): OpensslPair {
  const pair = pairs.get(name) ?? opensslPair(made, name, kind);
  pairs.set(name, pair);
  return pair;
}

const first = () => pairOf("first", "ec");
const second = () => pairOf("second", "rsa");

/** A server with a pair of files that is followed, and what its log says. */
async function serveFollowed(t: TestContext) {
  const folder = temporaryFolder(t);
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  copyFileSync(first().cert, paths.cert);
  copyFileSync(first().key, paths.key);
  const said: string[] = [];
  const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) };
  const identity = await CertificateFiles.open(paths, log as never, 20);
  const server = await servePush(t, [pushCamera(t)], { tlsPem: identity.pem });
  identity.watch((pem) => server.web.setCertificate(pem));
  t.after(() => identity.close());
  return { paths, said, url: server.url };
}

/** Returns the name on the certificate that a new client is shown. */
async function shown(url: string, ca: string): Promise<string | undefined> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", ca, servername: "localhost" });
  await once(socket, "secureConnect");
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

test("a certificate of an authority is shown with what vouches for it, and curl and Node trust it by that alone", {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  for (const { cert, key, ca } of [first(), second()]) {
    const { url } = await startServer(t, ["--tls-cert", cert, "--tls-key", key, "fake"]);
    assert.match(url, /^https:/);
    assert.equal((await get(`${url}/healthz`, ca)).body, '{"status":"ok"}');
    writeFileSync(join(folder, "ca.pem"), ca);
    if (needs("curl") === false) {
      const args = ["-sSL", "--cacert", join(folder, "ca.pem"), `${url.replace("https", "http")}/healthz`];
      assert.equal((await promisify(execFile)("curl", args)).stdout, '{"status":"ok"}');
    }
  }
});

test("a new pair is shown to new clients, and viewers go on watching", { skip }, async (t) => {
  const { paths, said, url } = await serveFollowed(t);
  const watching = httpsGet(`${url}/cameras/phone/video_feed?framing=advance`, { agent: false, ca: first().ca });
  t.after(() => watching.destroy());
  const [response] = await once(watching, "response");
  let bytes = 0;
  let hasEnded = false;
  response.on("data", (chunk: Buffer) => (bytes += chunk.length)).once("close", () => (hasEnded = true));
  // As programs renew: one file, and a while later the other.
  copyFileSync(second().cert, paths.cert);
  copyFileSync(second().key, paths.key);
  await until("it is taken", () => said.includes(`Certificate renewed from ${paths.cert}`));
  assert.equal(await shown(url, second().ca), "second");
  const before = bytes;
  await until("the viewer gets more", () => bytes > before);
  assert.equal(hasEnded, false);
});

test("a broken new pair changes nothing, and the log says why, once", { skip }, async (t) => {
  const { paths, said, url } = await serveFollowed(t);
  copyFileSync(second().cert, paths.cert);
  await until("it is said", () => said.length > 0);
  // It is not said again: it has read the files some times more.
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(said, [
    `Certificate not renewed: --tls-key: ${JSON.stringify(paths.key)} is not the key of the first ` +
      `certificate in ${JSON.stringify(paths.cert)}. Name that key.`,
  ]);
  assert.equal(await shown(url, first().ca), "first");
  copyFileSync(second().key, paths.key);
  await until("the pair is complete", () => said.length > 1);
  assert.equal(await shown(url, second().ca), "second");
});

test("a client that offers HTTP/2 too gets HTTP/1.1, and one that speaks nothing else is told so", {
  skip,
}, async (t) => {
  const { url } = await serveFollowed(t);
  const offer = (...protocols: string[]) => {
    const port = Number(new URL(url).port);
    return connect({ port, host: "127.0.0.1", ca: first().ca, servername: "localhost", ALPNProtocols: protocols });
  };
  const both = offer("h2", "http/1.1");
  await once(both, "secureConnect");
  assert.equal(both.alpnProtocol, "http/1.1");
  both.destroy();
  const [error] = await once(offer("h2"), "error");
  assert.match(String(error), /no application protocol|NO_APPLICATION_PROTOCOL/i);
});

test("what cannot be a pair is refused in one sentence, with exit status 2", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const [{ cert, key }, other] = [first(), second()];
  const [none, locked] = [join(folder, "none.pem"), join(folder, "locked.key")];
  writeFileSync(none, "nothing\n");
  execFileSync("openssl", ["pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", locked], { stdio: "ignore" });
  const quoted = JSON.stringify;
  const wrong: [string[], string][] = [
    [["--tls-cert", cert], `--tls-cert: ${quoted(cert)} is given without --tls-key. Give both.`],
    [["--tls-key", key], `--tls-key: ${quoted(key)} is given without --tls-cert. Give both.`],
    [
      ["--tls-cert", "/no.pem", "--tls-key", key],
      '--tls-cert: "/no.pem" does not exist. Name a file that this user can read.',
    ],
    [
      ["--tls-cert", cert, "--tls-key", "/no.key"],
      '--tls-key: "/no.key" does not exist. Name a file that this user can read.',
    ],
    [
      ["--tls-cert", folder, "--tls-key", key],
      `--tls-cert: ${quoted(folder)} cannot be read (EISDIR). Name a file that this user can read.`,
    ],
    [
      ["--tls-cert", none, "--tls-key", key],
      `--tls-cert: ${quoted(none)} holds no certificate in PEM. Name one that does.`,
    ],
    [
      ["--tls-cert", cert, "--tls-key", none],
      `--tls-key: ${quoted(none)} holds no private key in PEM without a password. Name one that does.`,
    ],
    [
      ["--tls-cert", cert, "--tls-key", locked],
      `--tls-key: ${quoted(locked)} holds no private key in PEM without a password. Name one that does.`,
    ],
    [
      ["--tls-cert", cert, "--tls-key", other.key],
      `--tls-key: ${quoted(other.key)} is not the key of the first certificate in ${quoted(cert)}. Name that key.`,
    ],
    [
      ["--tls-cert", cert, "--tls-key", key, "--tls-self-signed"],
      "--tls-self-signed: --tls-cert is given too. Give one of them.",
    ],
  ];
  for (const [args, sentence] of wrong) {
    assert.deepEqual(await refusalOf(t, [...args, "fake"]), { status: 2, stderr: `stillstream: ${sentence}\n` });
  }
});
