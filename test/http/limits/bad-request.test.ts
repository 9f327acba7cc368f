import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { closeAfterResponse, closeWithError } from "../../../src/http/limits/bad-request.ts";

class FakeSocket extends Socket {
  override readonly bytesRead: number;
  override writable = true;
  readonly calls: string[] = [];

  constructor(bytesRead = 10) {
    super();
    this.bytesRead = bytesRead;
    this.on("error", () => {});
  }

  override write(text: unknown): boolean {
    this.calls.push(String(text).split("\r\n")[0] ?? "");
    return true;
  }

  override pause(): this {
    this.calls.push("pause");
    return this;
  }

  override destroySoon(): void {
    this.calls.push("destroySoon");
  }
}

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error("bad"), { code });
}

test("a request that cannot be read is answered by what was wrong, and its connection closes", () => {
  const answers = [
    ["ERR_HTTP_REQUEST_TIMEOUT", "HTTP/1.1 408 Request Timeout", "head-time"],
    ["HPE_HEADER_OVERFLOW", "HTTP/1.1 431 Request Header Fields Too Large", "head-size"],
    ["HPE_CHUNK_EXTENSIONS_OVERFLOW", "HTTP/1.1 413 Payload Too Large", "head-size"],
    ["HPE_INVALID_METHOD", "HTTP/1.1 400 Bad Request", undefined],
  ] as const;
  for (const [code, line, limit] of answers) {
    const socket = new FakeSocket();
    assert.equal(closeWithError(errorOf(code), socket, false)?.limit, limit);
    assert.deepEqual(socket.calls, [line]);
    assert.ok(socket.destroyed);
  }
});

test("nothing is sent if nothing was asked, a response has begun, or the client is gone", () => {
  const silent = new FakeSocket(0);
  const begun = new FakeSocket();
  const reset = new FakeSocket();
  const closed = new FakeSocket();
  closed.writable = false;
  assert.equal(closeWithError(errorOf("HPE_INVALID_METHOD"), silent, false), undefined);
  assert.equal(closeWithError(errorOf("HPE_INVALID_METHOD"), begun, true), undefined);
  assert.equal(closeWithError(errorOf("ECONNRESET"), reset, false), undefined);
  assert.equal(closeWithError(errorOf("HPE_INVALID_METHOD"), closed, false), undefined);
  for (const socket of [silent, begun, reset, closed]) {
    assert.deepEqual(socket.calls, []);
    assert.ok(socket.destroyed);
  }
});

function exchange({ length = "3", isComplete = true } = {}) {
  const socket = new FakeSocket();
  const request = new IncomingMessage(socket);
  request.headers["content-length"] = length;
  request.complete = isComplete;
  return { socket, request, response: new ServerResponse(request) };
}

test("a complete request with bytes behind it is answered first: the connection closes with its response", () => {
  const { socket, response } = exchange();
  assert.equal(closeAfterResponse(response, socket), true);
  assert.equal(response.getHeader("Connection"), "close");
  assert.deepEqual(socket.calls, ["pause"]);
  assert.equal(closeAfterResponse(response, socket), true);
  assert.deepEqual(socket.calls, ["pause"]);
  response.emit("close");
  assert.deepEqual(socket.calls, ["pause", "destroySoon"]);
});

test("a response that was sent already is not waited for", () => {
  const { socket, response } = exchange();
  response.writeHead(200);
  assert.equal(closeAfterResponse(response, socket), false, "it is still being written");
  Object.defineProperty(response, "writableEnded", { value: true });
  Object.defineProperty(response, "writableFinished", { value: true });
  assert.equal(closeAfterResponse(response, socket), true);
  assert.deepEqual(socket.calls, ["pause", "destroySoon"]);
});

test("without a complete request with a body there is nothing to answer first", () => {
  const none = new FakeSocket();
  assert.equal(closeAfterResponse(undefined, none), false);
  for (const options of [{ isComplete: false }, { length: "0" }]) {
    const { socket, response } = exchange(options);
    assert.equal(closeAfterResponse(response, socket), false);
    assert.deepEqual(socket.calls, []);
  }
  const { socket, response } = exchange();
  socket.destroy();
  assert.equal(closeAfterResponse(response, socket), false);
});
