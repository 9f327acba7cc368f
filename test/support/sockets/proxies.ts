import { createServer, request } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { listen } from "../serve.ts";

/**
 * Starts a reverse proxy that serves `url` below a prefix that the server does not know. It lets
 * WebSockets through only while `sockets` returns true.
 */
export async function proxyBelow(
  t: TestContext,
  url: string,
  prefix: string,
  headers: Readonly<Record<string, string>> = {},
  sockets: () => boolean = () => true,
): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith(`${prefix}/`) !== true) {
      outgoing.writeHead(404).end();
      return;
    }
    // Like a proxy without WebSocket support: hop-by-hop headers go no further (RFC 9110, 7.6.1).
    const { upgrade: _upgrade, connection: _connection, ...passedOn } = incoming.headers;
    const inner = request(url + incoming.url.slice(prefix.length), { method: incoming.method, headers: passedOn });
    inner.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...headers });
      answer.pipe(outgoing);
      answer.on("error", () => outgoing.destroy());
    });
    inner.on("error", () => outgoing.destroy());
    outgoing.on("close", () => inner.destroy());
    incoming.pipe(inner);
  });
  proxy.on("upgrade", (incoming, outer) => {
    outer.on("error", () => {});
    if (!sockets() || incoming.url?.startsWith(`${prefix}/`) !== true) {
      outer.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    const inner = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
    const head = incoming.rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
    inner.write(`GET ${incoming.url.slice(prefix.length)} HTTP/1.1\r\n${head}\r\n`);
    inner.on("error", () => {});
    inner.on("close", () => outer.destroy());
    outer.on("close", () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
  return (await listen(t, proxy)) + prefix;
}

/** A network between browser and server that can break the connections of streams. */
export interface BadNetwork {
  readonly url: string;
  /** Returns how many streams and WebSockets were requested so far. */
  streams(): number;
  /** Stops all bytes of the open streams; both ends stay connected. */
  freeze(): void;
  /** Ends the open streams on the server's side; the browser does not notice. */
  cut(): void;
  /** Ends all connections, and refuses others: as if the server had been killed. */
  goDown(): void;
  /** Leads to another server. */
  comeBack(url: string): Promise<void>;
}

/** Starts the network. If `sockets` is false, no WebSocket gets through. */
export async function badNetwork(
  t: TestContext,
  url: string,
  { sockets: hasSockets = true } = {},
): Promise<BadNetwork> {
  const sockets = new Set<Socket>();
  const streams: { inner: Socket; outer: Socket }[] = [];
  let target = url;
  const server = createTcpServer((outer) => {
    const inner = connect({ host: "127.0.0.1", port: Number(new URL(target).port) });
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(socket);
      socket.on("data", (bytes) => other.write(bytes));
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        const isCut = socket === inner && inner.listenerCount("data") === 0;
        if (!isCut) other.destroy();
      });
    }
    outer.on("data", (bytes) => {
      const request = bytes.toString("latin1");
      if (/^GET \S*\/live HTTP/.test(request) && !hasSockets) outer.destroy();
      else if (/^GET \S*\/(?:video_feed|live HTTP)/.test(request)) streams.push({ inner, outer });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const goDown = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(goDown);
  return {
    url: `http://127.0.0.1:${port}`,
    streams: () => streams.length,
    freeze: () => {
      for (const { inner } of streams) inner.removeAllListeners("data").pause();
    },
    cut: () => {
      for (const { inner } of streams) inner.removeAllListeners("data").destroy();
    },
    goDown,
    async comeBack(url) {
      target = url;
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    },
  };
}
