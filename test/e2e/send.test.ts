import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WebSocket } from "ws";
import { until } from "../support/deferred.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { refusalOf, startServer } from "../support/programs/server.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { get } from "../support/sockets/tls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const JPEG = readFileSync(FAKE_FRAMES[0] as string);

test("with --tls-self-signed it serves https with a certificate that stays the same, and prints the URL for publishing", async (t) => {
  const folder = temporaryFolder(t);
  const args = ["--tls-self-signed", "--state-dir", folder, "phone=push", "fake"];
  const first = await startServer(t, args);
  assert.match(first.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.match(first.output(), /^ {2}Send to phone {5}https:\/\/127\.0\.0\.1:\d+\/cameras\/phone\/publish$/m);
  assert.match(first.errors(), /Certificate created in [^"]+tls\.pem/);
  const pem = readFileSync(join(folder, "tls.pem"), "utf8");
  assert.equal((await get(`${first.url}/healthz`, pem)).status, 200);
  assert.equal((await get(`${first.url.replace("https", "http")}/healthz`)).status, 308);
  await first.stop();
  const second = await startServer(t, args);
  assert.equal((await get(`${second.url}/healthz`, pem)).status, 200);
  assert.match(second.errors(), /Certificate found in/);
});

test("without it, it prints what a phone needs", async (t) => {
  const program = await startServer(t, ["push"]);
  assert.match(
    program.output(),
    /Send to push {6}http:\/\/127\.0\.0\.1:\d+\/cameras\/push\/publish\n {2}Phones send their camera from HTTPS pages only/,
  );
});

test("a certificate that cannot be stored ends the start with one sentence and status 1", async (t) => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "");
  const { status, stderr } = await refusalOf(t, ["--tls-self-signed", "--state-dir", file, "push"]);
  const code = process.platform === "win32" ? "\\w+" : "EEXIST|ENOTDIR";
  assert.match(
    stderr,
    new RegExp(`^stillstream: cannot save the certificate in "[^"]+": (${code})\\. Name a writable folder [^\\n]+\\n$`),
  );
  assert.equal(status, 1);
});

test("a stop ends while publishers send, and notifies them", async (t) => {
  const program = await startServer(t, ["a=push", "b=push", "c=push"]);
  const socket = new WebSocket(`${program.url.replace("http", "ws")}/cameras/a/frames`);
  const closed = once(socket, "close");
  socket.on("open", () => socket.send(JPEG));
  const open = { method: "POST", headers: { "Transfer-Encoding": "chunked" } };
  const stream = ask(t, `${program.url}/cameras/b/frames`, open);
  stream.socket.write(`${JPEG.length.toString(16)}\r\n`);
  stream.socket.write(JPEG);
  const messages = ask(t, `${program.url}/api/cameras/c/messages/stream`);
  await headOf(messages);
  await until("both are live", () => program.errors().split('"msg":"live"').length === 3);
  const stopped = program.stop();
  assert.equal((await headOf(stream)).status, 503);
  await stopped;
  assert.equal((await closed)[0], 1001);
  await until("the rest has ended", () => messages.ended && stream.ended);
  assert.doesNotMatch(program.errors(), /"level":[456]0|Warning/);
});
