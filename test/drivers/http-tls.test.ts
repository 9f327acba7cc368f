import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import type { TlsOptions } from "node:tls";
import type { CameraDriver } from "../../src/drivers/driver.ts";
import { ffmpeg } from "../../src/drivers/ffmpeg/ffmpeg.ts";
import { http, https } from "../../src/drivers/http.ts";
import { failureOf, openDriver } from "../support/cameras/open-driver.ts";
import { answerOf, fieldOf, type RawAnswer, rawCamera, snapshotOf } from "../support/cameras/raw-camera.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { testCertificate } from "../support/sockets/tls.ts";
import { needs } from "../support/tools.ts";

const JPEG = readFileSync(FAKE_FRAMES[0] as string);
const snapshot = snapshotOf(JPEG);
const pem = testCertificate();
const OWN: TlsOptions = { key: pem, cert: pem };
const OLD: TlsOptions = { ...OWN, minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" };
const redirectTo = (url: string) => answerOf(`HTTP/1.1 301 Moved\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`);

/**
 * Opens a camera with the options that its failures suggest, until it gives a
 * frame. Returns the failures.
 */
async function curedBy(t: TestContext, driver: CameraDriver, address: string): Promise<string[]> {
  const options: Record<string, string> = { address };
  const failures: string[] = [];
  while (failures.length < 4) {
    const camera = openDriver(t, driver, options);
    try {
      assert.ok((await camera.next()).equals(JPEG));
      await camera.close();
      return failures;
    } catch (error) {
      const { message } = error as Error;
      failures.push(message);
      const [, name, value] = /#(\w+)=(\w+)/.exec(message) ?? assert.fail(message);
      assert.ok(!((name as string) in options), message);
      options[name as string] = value as string;
    }
  }
  return assert.fail(failures.join("\n"));
}

test("a certificate of the camera's own is refused, and the option that the sentence names cures it", async (t) => {
  const camera = await rawCamera(t, snapshot, OWN);
  const [failure, ...others] = await curedBy(t, https, camera.address);
  assert.match(
    failure ?? "",
    /^127\.0\.0\.1:\d+: .*self-signed certificate\. If the certificate is the camera's own, add #insecure=true\.$/,
  );
  assert.deepEqual(others, []);
});

test("the same option cures it where http is redirected to https", async (t) => {
  const camera = await rawCamera(t, snapshot, OWN);
  const plain = await rawCamera(t, redirectTo(`https://127.0.0.1:${camera.port}/s3cret?token=s3cret`));
  const [failure, ...others] = await curedBy(t, http, plain.address);
  const redirected = `^127\\.0\\.0\\.1:${plain.port} \\(redirected to https://127\\.0\\.0\\.1:${camera.port}\\): `;
  assert.match(failure ?? "", new RegExp(`${redirected}.*self-signed certificate. .* add #insecure=true.$`));
  assert.deepEqual(others, []);
});

test("TLS 1.0 and 1.1 are refused in a sentence, and the options that it names cure it", async (t) => {
  for (const version of ["TLSv1", "TLSv1.1"] as const) {
    const camera = await rawCamera(t, snapshot, { ...OLD, minVersion: version, maxVersion: version });
    const failures = await curedBy(t, https, camera.address);
    assert.match(
      failures[0] ?? "",
      /: the TLS handshake failed \(.*protocol.*\)\. For an old camera, add #tls=legacy or write ffmpeg: /,
    );
    assert.match(failures[1] ?? "", /add #insecure=true\.$/);
    assert.equal(failures.length, 2);
  }
});

test("ffmpeg shows a camera of TLS 1.0, as the sentence says", { skip: needs("ffmpeg") }, async (t) => {
  const stream: RawAnswer = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n");
    const part = Buffer.from(`--b\r\nContent-Type: image/jpeg\r\nContent-Length: ${JPEG.length}\r\n\r\n`);
    for (let count = 0; count < 50; count++) socket.write(Buffer.concat([part, JPEG, Buffer.from("\r\n")]));
  };
  const camera = await rawCamera(t, stream, OLD);
  assert.ok((await openDriver(t, ffmpeg, { address: `https:${camera.address}/` }).next()).length > 0);
});

test("a hangup in the handshake is reported, with what may help", async (t) => {
  const server = createServer((socket) => socket.once("data", () => socket.end()).on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  assert.match(
    await failureOf(t, https, { address: `//127.0.0.1:${port}` }),
    /: it cut the connection \(ECONNRESET\)\. For an old camera, add #tls=legacy or write ffmpeg: before the URL\.$/,
  );
});

test("https at a port of http is reported, and http: shows the camera", async (t) => {
  // Web servers answer a handshake that they do not understand.
  const bad = Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n");
  const good = Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), JPEG]);
  const plain = createServer((socket) => {
    socket.once("data", (bytes) => socket.end(bytes[0] === 0x16 ? bad : good)).on("error", () => {});
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  t.after(() => plain.close());
  const address = `//127.0.0.1:${(plain.address() as { port: number }).port}`;
  assert.match(await failureOf(t, https, { address }), / it speaks no TLS there\. Write http: instead of https:\.$/);
  assert.ok((await openDriver(t, http, { address }).next()).equals(JPEG));
});

test("legacy TLS accepts no server without a certificate", async (t) => {
  const anonymous: TlsOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.2", ciphers: "aNULL:@SECLEVEL=0" };
  const camera = await rawCamera(t, snapshot, anonymous);
  const message = await failureOf(t, https, { address: camera.address, tls: "legacy" });
  assert.match(message, /: the TLS handshake failed \(.*handshake failure\)$/);
});

test("a password goes along from http to https on the usual ports of a host alone", async (t) => {
  const camera = await rawCamera(t, answerOf("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n\r\n"), OWN);
  const plain = await rawCamera(t, redirectTo(`https://127.0.0.1:${camera.port}/`));
  const address = plain.address.replace("//", "//joe:secret@");
  const message = await failureOf(t, http, { address, insecure: "true" });
  assert.match(message, / asks for a user and password, which redirects do not carry along\. Use its URL/);
  assert.ok(camera.requests.every((request) => fieldOf(request, "authorization") === undefined));
});
