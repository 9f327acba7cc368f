import { once } from "node:events";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Camera } from "../../../src/core/camera.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import type { LiveState } from "../../../src/http/live/state.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { Feeds } from "../../../src/http/streaming/feed.ts";
import { Viewers } from "../../../src/http/streaming/viewers.ts";
import { webSocketRoutes } from "../../../src/http/websocket-routes.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import { loadNotsentLowat } from "../../../src/net/notsent-lowat.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import { Variants } from "../../../src/transform/variants.ts";
import { createTestApp, type TestAppOptions } from "../app.ts";
import { until } from "../deferred.ts";
import { listen } from "../serve.ts";

export interface ServeLiveOptions
  extends Pick<
    TestAppOptions,
    | "basePath"
    | "variants"
    | "maxViewers"
    | "viewers"
    | "repeatMs"
    | "placeholders"
    | "crossOrigin"
    | "gate"
    | "onLimitReached"
  > {
  readonly pingMs?: number;
  readonly restMs?: number;
  readonly drainTimeoutMs?: number;
  readonly tlsPem?: string;
}

export interface LiveServer {
  /** Without a trailing slash, with the base path. */
  readonly url: string;
  readonly web: WebServer;
  readonly viewers: Viewers;
  readonly variants: (camera: Camera) => Variants;
  readonly errors: unknown[];
  report(name?: string): Promise<CameraReport>;
}

/** Serves all routes over cameras, `/live` too; closes the server when the test ends. */
export async function serveLive(
  t: TestContext,
  cameras: readonly [Camera, ...Camera[]],
  options: ServeLiveOptions = {},
): Promise<LiveServer> {
  const {
    maxViewers = 1000,
    pingMs,
    restMs,
    drainTimeoutMs,
    placeholders = new Placeholders(),
    repeatMs,
    basePath = "",
    tlsPem,
    crossOrigin = {},
    gate = new Gate(),
  } = options;
  const errors: unknown[] = [];
  const variants = new Map(cameras.map((camera) => [camera, new Variants(camera)]));
  const watching = {
    title: "Test house",
    viewers: options.viewers ?? new Viewers(maxViewers),
    feeds: new Feeds(placeholders, repeatMs),
    variants: options.variants ?? ((camera: Camera) => variants.get(camera) as Variants),
    tuneSocket: await loadNotsentLowat(),
  };
  const messages = new Map(cameras.map(({ name }) => [name, new MessageLog()]));
  const messagesOf = ({ name }: Camera) => messages.get(name) as MessageLog;
  const shared = {
    cameras,
    publisherSlots: new Map(),
    basePath,
    gate,
    crossOrigin,
    onError: (error: unknown) => errors.push(error),
  };
  const live = {
    ...watching,
    messagesOf,
    restMs,
    drainTimeoutMs,
    crossOrigin,
    ...(options.onLimitReached && { onLimitReached: options.onLimitReached }),
  };
  const webSockets = webSocketRoutes({ ...shared, live, ...(pingMs !== undefined && { pingMs }) });
  const web = new WebServer({
    app: createTestApp({ ...shared, ...watching, placeholders, messagesOf }),
    webSockets,
    tlsPem,
  });
  const plain = await listen(t, web.server);
  const url = (tlsPem === undefined ? plain : plain.replace("http:", "https:")) + basePath;
  t.after(() => web.cut());
  return {
    url,
    web,
    errors,
    viewers: watching.viewers,
    variants: watching.variants,
    report: async (name = cameras[0].name) =>
      (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport,
  };
}

/** The message of a frame, parsed by an independent reading of the protocol. */
export interface LivePicture {
  readonly version: number;
  readonly isCard: boolean;
  readonly id: number;
  readonly number: number;
  readonly capturedAt: number;
  readonly seq: number;
  readonly jpeg: Buffer;
}

export interface LiveClient {
  readonly socket: WebSocket;
  readonly hello: Record<string, unknown>;
  /** All messages except states. */
  readonly said: readonly Record<string, unknown>[];
  readonly states: readonly LiveState[];
  readonly pictures: readonly LivePicture[];
  /** Returns the frames of one subscription. */
  of(id: number): LivePicture[];
  say(message: object | string): void;
  /** Subscribes; returns the id. */
  subscribe(camera: string, more?: { id?: number; query?: string; width?: number; height?: number }): number;
  ack(picture: LivePicture): void;
  /** The code and reason of the close. */
  readonly closed: Promise<[code: number, reason: string]>;
}

export interface LiveClientOptions extends WebSocket.ClientOptions {
  /** Whether to acknowledge a frame at once. @default all */
  readonly acks?: (picture: LivePicture) => boolean;
}

/** Connects to `/live`; resolves when the server has sent its hello. */
export async function liveClient(t: TestContext, url: string, options: LiveClientOptions = {}): Promise<LiveClient> {
  const { acks = () => true, ...rest } = options;
  const socket = new WebSocket(`${url.replace("http", "ws")}${/\/live/i.test(url) ? "" : "/live"}`, rest);
  t.after(() => socket.terminate());
  const said: Record<string, unknown>[] = [];
  const states: LiveState[] = [];
  const pictures: LivePicture[] = [];
  let ids = 0;
  const say = (message: object | string) =>
    socket.send(typeof message === "string" ? message : JSON.stringify(message));
  const ack = ({ id, number }: LivePicture) => say({ type: "ack", id, number });
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) {
      const picture = readPicture(data);
      pictures.push(picture);
      if (acks(picture)) ack(picture);
      return;
    }
    const message = JSON.parse(data.toString());
    if (message.type === "state") states.push(message);
    else said.push(message);
  });
  const closed = once(socket, "close").then(([code, reason]) => [code, String(reason)] as [number, string]);
  await once(socket, "open");
  const hello = await until("the hello has come", () => said[0]);
  return {
    socket,
    hello,
    said,
    states,
    pictures,
    of: (id) => pictures.filter((picture) => picture.id === id),
    say,
    subscribe(camera, { id = ++ids, ...more } = {}) {
      say({ type: "subscribe", id, camera, ...more });
      return id;
    },
    ack,
    closed,
  };
}

export function readPicture(data: Buffer): LivePicture {
  return {
    version: data.readUInt8(0),
    isCard: (data.readUInt8(1) & 1) === 1,
    id: data.readUInt16BE(2),
    number: data.readUInt32BE(4),
    capturedAt: data.readDoubleBE(8),
    seq: data.readUInt32BE(16),
    jpeg: data.subarray(20),
  };
}
