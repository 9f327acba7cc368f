import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { loadNotsentLowat } from "../../src/net/notsent-lowat.ts";
import { createTestApp } from "../support/app.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { listen } from "../support/serve.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";

const skip = process.platform !== "linux" && "reads Linux's option back";

/** What the system has as TCP_NOTSENT_LOWAT (25 in linux/tcp.h) of a socket, in bytes. */
async function readLowat(socket: Socket): Promise<number> {
  const { default: koffi } = await import("koffi");
  const getsockopt = koffi.load(null).func("int getsockopt(int, int, int, void *, void *)");
  const value = Buffer.alloc(4);
  const length = Buffer.of(4, 0, 0, 0);
  const fd = (socket as unknown as { _handle: { fd: number } })._handle.fd;
  assert.equal(getsockopt(fd, 6, 25, value, length), 0);
  return value.readInt32LE();
}

/** The server's ends of its connections, as they come. */
function connections(server: Server): Socket[] {
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  return sockets;
}

async function serverSocket(t: TestContext): Promise<Socket> {
  const server = createServer();
  const sockets = connections(server);
  const client = connect(Number(new URL(await listen(t, server)).port), "127.0.0.1");
  t.after(() => client.destroy());
  if (sockets.length === 0) await once(server, "connection");
  return sockets[0] as Socket;
}

test("the system keeps 16 KiB unsent for a socket that was prepared", { skip }, async (t) => {
  const socket = await serverSocket(t);
  const tune = await loadNotsentLowat();
  assert.notEqual(await readLowat(socket), 16_384);
  tune(socket);
  assert.equal(await readLowat(socket), 16_384);
});

test("a viewer's socket is prepared, and no other", { skip }, async (t) => {
  const { camera } = handCamera(t);
  const server = createServer(createTestApp({ cameras: [camera], tuneSocket: await loadNotsentLowat() }));
  const sockets = connections(server);
  const url = await listen(t, server);
  await headOf(ask(t, `${url}/api/cameras`));
  await headOf(ask(t, `${url}/video_feed`));
  const [status, viewer] = sockets as [Socket, Socket];
  assert.notEqual(await readLowat(status), 16_384);
  assert.equal(await readLowat(viewer), 16_384);
});

test("a socket that is closed already is left as it is", { skip }, async (t) => {
  const socket = await serverSocket(t);
  const tune = await loadNotsentLowat();
  socket.destroy();
  await once(socket, "close");
  tune(socket);
});
