import { createServer, type Server } from "node:http";
import type { TestContext } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import type { Camera } from "../../src/core/camera.ts";
import { epochNow } from "../../src/core/clock.ts";
import { type AppParts, createApp } from "../../src/http/app.ts";
import { Cards } from "../../src/variants/no-picture.ts";
import { listen } from "./serve.ts";

/** The app on a free port of 127.0.0.1, with /live; closed when the test ends. Gives the URL without a slash at its end. */
export async function serveLive(t: TestContext, parts: AppParts): Promise<string> {
  const server = createServer(createApp(parts));
  attachLive(server, parts.cameras, parts.cards);
  return await listen(t, server);
}

/** How many subscriptions each camera has. */
export const liveViewers = new Map<string, number>();

/** Speaks the protocol of /live as plainly as can be, until the real one is there. */
export function attachLive(server: Server, cameras: readonly Camera[], cards = new Cards()): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (request, socket, head) => {
    if (!/\/live(\?|$)/.test(request.url ?? "")) socket.destroy();
    else sockets.handleUpgrade(request, socket, head, (ws) => converse(ws, cameras, cards));
  });
  server.on("close", () => {
    for (const ws of sockets.clients) ws.terminate();
  });
  return sockets;
}

function converse(ws: WebSocket, cameras: readonly Camera[], cards: Cards): void {
  const say = (message: object) => ws.send(JSON.stringify(message));
  const subscriptions = new Map<number, { stop: AbortController; acked: (number: number) => void }>();
  say({
    type: "hello",
    version: 1,
    title: "stillstream",
    cameras: cameras.map(({ name, title }) => ({ name, title })),
    now: epochNow(),
  });
  ws.on("message", (data) => {
    const message = JSON.parse(String(data));
    const { id } = message;
    if (message.type === "time") say({ type: "time", at: message.at, now: epochNow() });
    else if (message.type === "ack") subscriptions.get(id)?.acked(message.number);
    else if (message.type === "unsubscribe") {
      subscriptions.get(id)?.stop.abort();
      subscriptions.delete(id);
    } else if (message.type === "subscribe" && !subscriptions.has(id)) {
      const camera = cameras.find(({ name }) => name === message.camera);
      if (camera === undefined) say({ type: "error", id, message: `There is no camera "${message.camera}".` });
      else subscriptions.set(id, subscribe(ws, id, camera, cards));
    }
  });
  ws.on("close", () => {
    for (const { stop } of subscriptions.values()) stop.abort();
  });
}

function subscribe(ws: WebSocket, id: number, camera: Camera, cards: Cards) {
  const stop = new AbortController();
  let number = 0;
  let acked = 0;
  let waiting: (() => Buffer) | undefined;
  let heardAt = performance.now();
  let lastCard: unknown;
  const header = (flags: number, capturedAt: number, seq: number) => {
    const head = Buffer.alloc(20);
    head.writeUInt8(1, 0);
    head.writeUInt8(flags, 1);
    head.writeUInt16BE(id, 2);
    head.writeUInt32BE(number, 4);
    head.writeDoubleBE(capturedAt, 8);
    head.writeUInt32BE(seq >>> 0, 16);
    return head;
  };
  const flush = () => {
    if (waiting === undefined || number - acked >= 2 || ws.readyState !== ws.OPEN) return;
    number++;
    ws.send(waiting());
    waiting = undefined;
  };
  let lastState = "";
  const state = (isDue: boolean) => {
    const { name, ...status } = camera.status();
    const key = `${status.state}${status.online}`;
    if (!isDue && key === lastState) return;
    lastState = key;
    const own = { viewers: 1, messages: 0, lagMs: 0, rung: null, variant: null };
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify({ type: "state", id, camera: name, ...status, ...own }));
  };
  const card = async () => {
    if (camera.online || performance.now() - heardAt < 1000) return;
    const drawn = await cards.of(camera);
    if (drawn === undefined || drawn === lastCard || camera.online) return;
    lastCard = drawn;
    const at = epochNow();
    waiting = () => Buffer.concat([header(1, at, 0), drawn.jpeg]);
    flush();
  };
  const ticking = setInterval(() => {
    state(false);
    void card();
  }, 50);
  const telling = setInterval(() => state(true), 1000);
  setTimeout(() => state(true));
  void (async () => {
    liveViewers.set(camera.name, (liveViewers.get(camera.name) ?? 0) + 1);
    for await (const { jpeg, capturedAt, seq } of camera.subscribe(stop.signal)) {
      heardAt = performance.now();
      lastCard = undefined;
      waiting = () => Buffer.concat([header(0, capturedAt, seq), jpeg]);
      flush();
    }
    clearInterval(ticking);
    clearInterval(telling);
    liveViewers.set(camera.name, (liveViewers.get(camera.name) ?? 0) - 1);
  })();
  return {
    stop,
    acked: (upTo: number) => {
      acked = Math.max(acked, upTo);
      flush();
    },
  };
}
