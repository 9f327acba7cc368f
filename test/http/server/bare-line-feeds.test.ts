import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { testCertificate } from "../../support/sockets/tls.ts";

async function serve(t: TestContext, tlsPem?: string) {
  const phone = pushCamera(t);
  const server = await servePush(t, [phone], { others: [handCamera(t).camera], ...(tlsPem && { tlsPem }) });
  const port = Number(new URL(server.url).port);
  /** Sends pieces, each on its own, and returns the bytes until the connection ends. */
  const ask = async (pieces: readonly (string | Buffer)[], { isHalfClosed = false } = {}) => {
    const own = { port, host: "127.0.0.1" };
    const socket = tlsPem === undefined ? connect(own) : connectTls({ ...own, rejectUnauthorized: false });
    t.after(() => socket.destroy());
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.setNoDelay(true);
    for (const piece of pieces) {
      await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
      if (pieces.length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (isHalfClosed) socket.end();
    await closed;
    return answer;
  };
  return { ...server, ask, port, shown: phone.shown };
}

test("requests whose lines end in LF alone are answered, in any pieces and half-closed", async (t) => {
  const { ask } = await serve(t);
  const request = "GET /healthz HTTP/1.1\nHost: localhost\nAccept: */*\n\n";
  for (const pieces of [
    ["GET /healthz HTTP/1.0\n\n"],
    [request],
    request.split(/(?<=\n)/),
    ["GET /hea", "lthz HTTP", "/1.0\n", "\n"],
    ["GET /healthz HTTP/1.0\nHost: a\r\nX: y\n\r\n"],
  ]) {
    for (const isHalfClosed of [false, true]) {
      const answer = await ask(pieces, { isHalfClosed });
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/, JSON.stringify(pieces));
      assert.match(answer, /\r\nConnection: close\r\n/i);
      assert.match(answer, /\r\n\r\n\{"status":"ok"/);
    }
  }
});

test("a body behind LF headers is read byte for byte, over TLS too", async (t) => {
  for (const pem of [undefined, testCertificate()]) {
    const { ask, shown } = await serve(t, pem);
    const jpeg = tinyJpeg({ label: "a\nb\n\nc\r\n" });
    const head = `POST /cameras/phone/frames HTTP/1.1\nHost: localhost\nContent-Type: image/jpeg\nContent-Length: ${jpeg.length}\n\n`;
    assert.match(await ask([Buffer.concat([Buffer.from(head), jpeg])]), /^HTTP\/1\.1 202 /);
    assert.match(await ask([head, jpeg.subarray(0, 10), jpeg.subarray(10)]), /^HTTP\/1\.1 202 /);
    assert.deepEqual(shown, [jpeg, jpeg]);
  }
});

test("an LF inside CRLF headers ends no line: a proxy's header value becomes no header", async (t) => {
  const { ask } = await serve(t);
  for (const head of [
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\nX-Forwarded-For: 10.0.0.1\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: localhost\n\n",
    "GET /healthz HTTP/1.1\nHost: localhost\rX: y\n\n",
    "GET /healthz HTTP/1.1\nHost : localhost\n\n",
  ]) {
    assert.match(await ask([head]), /^HTTP\/1\.1 400 /, JSON.stringify(head));
  }
});

test("a connection with LF line ends carries one request", async (t) => {
  const { ask } = await serve(t);
  const answer = await ask([
    "GET /healthz HTTP/1.1\nHost: a\nConnection: keep-alive\n\nGET /healthz HTTP/1.1\nHost: a\n\n",
  ]);
  assert.equal(answer.split("HTTP/1.1 200 OK").length, 2);
});

test("endless LF headers are refused once they are too long", async (t) => {
  const { ask } = await serve(t);
  assert.match(await ask([`GET /healthz HTTP/1.0\n${"X: y\n".repeat(5000)}`]), /^HTTP\/1\.1 4\d\d /);
});

test("a silent connection does not delay a server shutdown", async (t) => {
  const { web, port } = await serve(t);
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  await until("it is known", () => web.server.listening);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  await web.close();
  await ended;
});
